import { describe, expect, it } from 'vitest';
import { startEmbeddedS3 } from '../../infra/local/services/s3/embedded-s3.ts';
import { S3ImportFiles } from '../../lib/adapters/s3/s3-import-files.ts';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import { InMemoryImportFiles } from '../fakes/in-memory-import-files.ts';
import { importFilesContract } from './import-files.contract.ts';

const [REGION, BUCKET] = ['eu-central-1', 'imports'] as const;
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'secret' };
const NAME = { connection: 'desk', stream: 'walk-ins', run: '0mi8k2f5c-q3v9x0ab' };

importFilesContract('in memory', async () => {
  const files = new InMemoryImportFiles();
  return {
    files,
    largeBytes: 10_000,
    upload: async ({ run }, bytes) => files.upload(run, bytes),
    errorsOf: async ({ run }) => files.errors.get(run),
    close: async () => {},
  };
});

async function openS3() {
  const s3 = await startEmbeddedS3({ region: REGION, ...CREDENTIALS });
  s3.createBucket(BUCKET);
  const access = { bucketUrl: `${s3.url}/${BUCKET}`, region: REGION, ...CREDENTIALS };
  return { s3, access, files: new S3ImportFiles(access, new SystemClock()) };
}

importFilesContract('S3 adapter on the embedded S3', async () => {
  const { s3, files } = await openS3();
  return {
    files,
    largeBytes: 9_000_000,
    upload: async (name, bytes) => {
      const { url, headers } = await files.upload(name, bytes.length);
      const response = await fetch(url, { method: 'PUT', headers, body: Buffer.from(bytes) });
      if (!response.ok) throw new Error(`the upload was refused: ${response.status}`);
    },
    errorsOf: async (name) => (await fetch((await files.errors(name)).url)).text(),
    close: () => s3.close(),
  };
});

describe('the links that are handed out', () => {
  it('take exactly the file they were made for, and nothing else', async () => {
    const { s3, files } = await openS3();
    try {
      const { url, headers } = await files.upload(NAME, 3);
      const put = (address: string, body: string) => fetch(address, { method: 'PUT', body });
      expect(headers).toEqual({ 'content-length': '3' });
      expect((await put(url, 'a,b')).status).toBe(200);
      expect((await put(url, 'a,b,c')).status).toBe(403);
      expect((await put(url.replace('walk-ins', 'others'), 'a,b')).status).toBe(403);
      expect((await put(url.replace('Expires=900', 'Expires=90000'), 'a,b')).status).toBe(403);
      expect((await fetch(url)).status).toBe(403);
      expect((await fetch(`${s3.url}/${BUCKET}/uploads/desk/walk-ins/${NAME.run}.csv`)).status).toBe(403);
    } finally {
      await s3.close();
    }
  });

  it('do not open the store to whoever has another key', async () => {
    const { s3, access } = await openS3();
    try {
      const stranger = new S3ImportFiles({ ...access, secretAccessKey: 'guessed' }, new SystemClock());
      await expect(stranger.open(NAME)).rejects.toMatchObject({ code: 'files-refused', retryable: false });
    } finally {
      await s3.close();
    }
  });

  it('are tried again later when the store does not answer', async () => {
    const { s3, files } = await openS3();
    await s3.close();
    await expect(files.open(NAME)).rejects.toMatchObject({ code: 'files-unavailable', retryable: true });
  });
});
