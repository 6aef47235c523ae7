import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../../infra/local/services/http-server.ts';
import { SIMULATED_KINDS } from '../../../infra/local/start/accounts/start-accounts.ts';
import { readConnectionFile } from '../../../infra/local/start/connection-file.ts';
import { parseStartOptions } from '../../../infra/local/start/options.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the options of npm start', () => {
  it('have defaults: a simulated account of every kind, ten times faster', () => {
    expect(parseStartOptions([], {})).toEqual({
      port: undefined,
      once: false,
      connectionsFile: undefined,
      simulated: SIMULATED_KINDS,
      redisUrl: undefined,
      upstash: undefined,
      fast: 10,
      dataDir: undefined,
    });
  });

  it('choose what is simulated', () => {
    expect(parseStartOptions(['--simulate', 'zoho-creator,zoho-creator'], {})).toMatchObject({
      simulated: ['zoho-creator'],
    });
    expect(() => parseStartOptions(['--simulate', 'salesforce'], {})).toThrow('"salesforce" is none of zoho-creator');
    expect(() => parseStartOptions(['--simulate', 'zoho-creator', '--connections', 'a.json'], {})).toThrow(
      'both name sources',
    );
  });

  it('run as deployed with real accounts, unless told otherwise', () => {
    expect(parseStartOptions(['--connections', 'c.json'], {})).toMatchObject({ connectionsFile: 'c.json', fast: 1 });
    expect(parseStartOptions(['--connections', 'c.json', '--fast', '2.5'], {})).toMatchObject({ fast: 2.5 });
  });

  it('take everything else', () => {
    const args = ['--port', '8080', '--once', '--redis', 'redis://127.0.0.1:6379/1', '--data', 'd', '--fast=3'];
    expect(parseStartOptions(args, {})).toMatchObject({
      port: 8080,
      once: true,
      connectionsFile: undefined,
      redisUrl: 'redis://127.0.0.1:6379/1',
      upstash: undefined,
      fast: 3,
      dataDir: 'd',
    });
  });

  it('use the database that the environment names', () => {
    const variables = { UPSTASH_REDIS_REST_URL: 'https://a.upstash.io/', UPSTASH_REDIS_REST_TOKEN: 'token' };
    expect(parseStartOptions([], variables)).toMatchObject({
      upstash: { url: 'https://a.upstash.io', token: 'token' },
    });
    expect(() => parseStartOptions(['--redis', 'redis://localhost'], variables)).toThrow('leave one of them out');
  });

  it.each([
    [['--prot', '1'], "Unknown option '--prot'"],
    [['somewhere'], "Unexpected argument 'somewhere'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--once=yes'], "Option '--once' does not take an argument"],
    [['--port', 'http'], '--port must be a number from 0 to 65535, not "http"'],
    [['--port', '65536'], '--port must be a number from 0 to 65535, not "65536"'],
    [['--fast', '0.5'], '--fast must be a number from 1 to 1000, not "0.5"'],
    [['--fast', '1e2'], '--fast must be'],
    [['--redis', 'http://x'], '--redis: a Redis URL reads redis://'],
    [['--connections', ' '], '--connections needs a path'],
  ])('%j is refused in one line', (args, problem) => {
    const parse = () => parseStartOptions(args, {});
    expect(parse).toThrow(problem);
    expect(parse).toThrow(/^[^\n]+$/);
    expect(parse).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it.each([
    [{ UPSTASH_REDIS_REST_URL: 'https://a.upstash.io' }, 'must be set both, or neither'],
    [{ UPSTASH_REDIS_REST_TOKEN: 'token' }, 'must be set both, or neither'],
    [{ UPSTASH_REDIS_REST_URL: 'a.upstash.io', UPSTASH_REDIS_REST_TOKEN: 'token' }, 'must be an https:// address'],
  ])('an environment with %j is refused', (variables, problem) => {
    expect(() => parseStartOptions([], variables)).toThrow(problem);
  });
});

describe('a connection file', () => {
  const entry = { id: 'main', source: 'zoho-creator', settings: { owner: 'me' }, secrets: { refreshToken: 'hidden' } };
  const read = (content: unknown) => {
    const path = join(folder, 'connections.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return readConnectionFile(path);
  };

  it('is a list of entries as parameters hold them', () => {
    const second = { ...entry, id: 'second', enabled: false };
    expect(read({ connections: [entry, second] })).toEqual([entry, second]);
    expect(read(`\u{feff}${JSON.stringify({ connections: [entry] })}`)).toEqual([entry]);
  });

  it.each([
    ['{"connections": [{"id": "hidden', 'is not JSON'],
    [[entry], 'must be {"connections":[…]}'],
    [{ connections: [] }, 'names no connection'],
    [{}, 'connections: is missing, or not a list'],
    [{ connections: [{ source: 'zoho-creator' }] }, 'connections.0.id: is missing'],
    [{ connections: [entry], more: 1 }, 'unknown field more'],
    [{ connections: [entry, entry] }, 'main: there is more than one connection with this id'],
    [{ connections: [{ ...entry, id: 'Main!' }] }, 'Main!: id: must be 1 to 32 of a-z, 0-9 and -'],
    [{ connections: [{ ...entry, secret: 'hidden' }] }, 'main: the entry: unknown field secret'],
    [{ connections: [{ ...entry, settings: { text: 'x'.repeat(4_096) } }] }, 'bytes, and a parameter holds 4096'],
  ])('with %j is refused in one line that shows no secret', (content, problem) => {
    const attempt = () => read(content);
    expect(attempt).toThrow(problem);
    expect(attempt).toThrow(/^[^\n]+$/);
    expect(attempt).not.toThrow(/hidden/);
  });

  it('may begin with a byte order mark', () => {
    expect(read(`\ufeff${JSON.stringify({ connections: [entry] })}`)).toEqual([entry]);
  });

  it('that is not there is refused', () => {
    expect(() => readConnectionFile(join(folder, 'nowhere.json'))).toThrow('cannot be read; does the file exist?');
  });
});

describe('npm start', () => {
  const start = (...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, ['infra/local/main.ts', ...args], (_, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      );
    });

  it('says how it is used', async () => {
    const { code, out } = await start('--help');
    expect(code).toBe(0);
    expect(out).toContain('--connections FILE');
  });

  it('ends with one line and 2 when it is used wrongly', async () => {
    expect(await start('--fast', 'x')).toEqual({
      code: 2,
      out: '',
      err: 'tidemark: --fast must be a number from 1 to 1000, not "x"\n',
    });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends well at %s, also while it is still starting',
    async (signal) => {
      const child = spawn(process.execPath, ['infra/local/main.ts', '--port', '0'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      await once(child.stdout, 'data');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
  );

  it('ends with one line and 1 when the port is taken', async () => {
    const server = createServer();
    const { port } = new URL(await listenOnLoopback(server));
    const { code, err } = await start('--port', port);
    server.close();
    expect(code).toBe(1);
    expect(err).toBe(`tidemark: port ${port} is taken or may not be used: choose another with --port\n`);
  });
});
