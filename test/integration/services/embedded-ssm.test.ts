import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ParameterNotFound,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedSsm, startEmbeddedSsm } from '../../../infra/local/services/ssm/embedded-ssm.ts';

let ssm: EmbeddedSsm;
let client: SSMClient;

beforeAll(async () => {
  ssm = await startEmbeddedSsm({ parameters: { '/tidemark/dev/redis': '{"url":"…"}' } });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SSMClient({ endpoint: ssm.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  for (let number = 0; number < 23; number += 1)
    ssm.set(`/tidemark/dev/connections/c${String(number).padStart(2, '0')}`, `{"number":${number}}`);
  ssm.set('/tidemark/dev/connections/c00/nested', 'below');
  ssm.set('/tidemark/development', 'a neighbour whose name begins alike');
});

afterAll(async () => {
  client.destroy();
  await ssm.close();
});

describe('GetParameter', () => {
  it('answers the value decrypted, with its version', async () => {
    const name = '/tidemark/dev/redis';
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    expect(Parameter).toMatchObject({ Name: name, Value: '{"url":"…"}', Type: 'SecureString', Version: 1 });
    expect(Parameter?.LastModifiedDate?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    ssm.set(name, 'rotated');
    const rotated = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    expect(rotated.Parameter).toMatchObject({ Value: 'rotated', Version: 2 });
  });

  it('does not show the value to a caller who forgets to decrypt it', async () => {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: '/tidemark/dev/connections/c01' }));
    expect(Parameter?.Value).not.toContain('number');
  });

  it('fails as the service does when there is none', async () => {
    const missing = client.send(new GetParameterCommand({ Name: '/nobody' }));
    await expect(missing).rejects.toBeInstanceOf(ParameterNotFound);
    ssm.set('/brief', 'x');
    expect(ssm.delete('/brief')).toBe(true);
    await expect(client.send(new GetParameterCommand({ Name: '/brief' }))).rejects.toThrow('not found');
  });

  it('fails as often as ordered', async () => {
    ssm.faults.next({ operation: 'GetParameter', error: 'ThrottlingException' });
    const get = new GetParameterCommand({ Name: '/tidemark/dev/redis' });
    await expect(client.send(get)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(client.send(get)).resolves.toBeDefined();
  });
});

describe('GetParameters', () => {
  it('answers those there are and names those there are not', async () => {
    const names = ['/tidemark/dev/connections/c02', '/nobody'];
    const answer = await client.send(new GetParametersCommand({ Names: names, WithDecryption: true }));
    expect(answer.Parameters?.map(({ Value }) => Value)).toEqual(['{"number":2}']);
    expect(answer.InvalidParameters).toEqual(['/nobody']);
  });
});

describe('GetParametersByPath', () => {
  it('answers ten at a time, every parameter once', async () => {
    const pages = paginateGetParametersByPath({ client }, { Path: '/tidemark/dev/connections', WithDecryption: true });
    const sizes: number[] = [];
    const values: unknown[] = [];
    for await (const { Parameters = [] } of pages) {
      sizes.push(Parameters.length);
      values.push(...Parameters.map(({ Value }) => Value));
    }
    expect(sizes).toEqual([10, 10, 3]);
    expect(values).toEqual(Array.from({ length: 23 }, (_, number) => `{"number":${number}}`));
  });

  it('answers levels below and nothing outside the path', async () => {
    const names: (string | undefined)[] = [];
    const pages = paginateGetParametersByPath({ client, pageSize: 7 }, { Path: '/tidemark/dev/', Recursive: true });
    for await (const { Parameters = [] } of pages) names.push(...Parameters.map(({ Name }) => Name));
    expect(names).toHaveLength(25);
    expect(names).toContain('/tidemark/dev/connections/c00/nested');
    expect(names).not.toContain('/tidemark/development');
  });

  it('refuses a page above ten and a token it did not give', async () => {
    const path = { Path: '/tidemark/dev' };
    await expect(client.send(new GetParametersByPathCommand({ ...path, MaxResults: 11 }))).rejects.toThrow(
      'MaxResults',
    );
    await expect(client.send(new GetParametersByPathCommand({ ...path, NextToken: 'x' }))).rejects.toThrow('token');
  });
});

describe('set', () => {
  it('refuses a value above 4 KB, as a standard parameter does', () => {
    expect(() => ssm.set('/big', 'é'.repeat(2049))).toThrow(RangeError);
    expect(() => ssm.set('/big', 'é'.repeat(2048))).not.toThrow();
  });
});
