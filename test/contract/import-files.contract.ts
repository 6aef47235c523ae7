import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportFiles, ImportName, UploadedFile } from '../../lib/ports/import-files.ts';
import { present } from '../support/present.ts';

export interface ImportFilesBench {
  readonly files: ImportFiles;
  /** More than one piece. */
  readonly largeBytes: number;
  upload(name: ImportName, bytes: Uint8Array): Promise<void>;
  errorsOf(name: ImportName): Promise<string | undefined>;
  close(): Promise<void>;
}

const NAME = { connection: 'desk', stream: 'walk-ins', run: '0mi8k2f5c-q3v9x0ab' };

/** What every store of the files of imports does. */
export function importFilesContract(title: string, open: () => Promise<ImportFilesBench>): void {
  describe(`import files: ${title}`, () => {
    let bench: ImportFilesBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());

    const opened = async (run: string) => present(await bench.files.open({ ...NAME, run }), 'the file');

    it('knows no file that was not uploaded', async () => {
      await expect(bench.files.open({ ...NAME, run: '0mi8k2f5c-nothing0' })).resolves.toBeUndefined();
    });

    it('gives a file back byte by byte, in pieces, as often as it is asked', async () => {
      const bytes = Buffer.alloc(bench.largeBytes, 'żółć,');
      await bench.upload(NAME, bytes);
      for (let time = 0; time < 2; time += 1) {
        const pieces = await piecesOf(await opened(NAME.run));
        expect(pieces.length).toBeGreaterThan(1);
        expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      }
    });

    it('gives an empty file as one without bytes', async () => {
      const name = { ...NAME, run: '0mi8k2f5c-empty000' };
      await bench.upload(name, new Uint8Array());
      expect(Buffer.concat(await piecesOf(await opened(name.run))).length).toBe(0);
    });

    it('tells contents apart by their version', async () => {
      const name = { ...NAME, run: '0mi8k2f5c-version0' };
      await bench.upload(name, Buffer.from('a'));
      const { version } = await opened(name.run);
      expect((await opened(name.run)).version).toBe(version);
      await bench.upload(name, Buffer.from('b'));
      expect((await opened(name.run)).version).not.toBe(version);
    });

    it('ends the reading of a file that is replaced meanwhile', async () => {
      const name = { ...NAME, run: '0mi8k2f5c-replaced' };
      await bench.upload(name, Buffer.alloc(bench.largeBytes, 'a'));
      const pieces = (await opened(name.run)).bytes[Symbol.asyncIterator]();
      await pieces.next();
      await bench.upload(name, Buffer.alloc(bench.largeBytes, 'b'));
      await expect(pieces.next()).rejects.toMatchObject({ code: 'file-changed' });
    });

    it('keeps the last file of errors, apart from what was uploaded', async () => {
      await bench.files.putErrors(NAME, 'first');
      await bench.files.putErrors(NAME, 'row,column\r\n2,"ż"');
      await expect(bench.errorsOf(NAME)).resolves.toBe('row,column\r\n2,"ż"');
      expect((await piecesOf(await opened(NAME.run))).length).toBeGreaterThan(1);
    });
  });
}

async function piecesOf({ bytes }: UploadedFile): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return pieces;
}
