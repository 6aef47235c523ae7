import { createHash } from 'node:crypto';
import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../../infra/local/services/redis/upstash-gateway.ts';

const TOKEN = 'full-token';
const READ_TOKEN = 'read-token';
const SHEBANG = '#!lua flags=allow-key-locking\n';

let embedded: EmbeddedRedis;
let gateway: UpstashGateway;
let redis: Redis;

function clientOf(token: string): Redis {
  return new Redis({
    url: gateway.url,
    token,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    retry: { retries: 0 },
  });
}

function rest(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.url}${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}` } });
}

async function billedBy(action: () => Promise<unknown>): Promise<number> {
  const before = await gateway.billedCommands();
  await action();
  return (await gateway.billedCommands()) - before;
}

beforeAll(async () => {
  embedded = await startEmbeddedRedis();
  gateway = await startUpstashGateway({ token: TOKEN, readOnlyToken: READ_TOKEN, redis: embedded });
  redis = clientOf(TOKEN);
});

beforeEach(async () => {
  gateway.faults.clear();
  await redis.flushall();
});

afterAll(async () => {
  await gateway.close();
  await embedded.close();
});

describe('protocol', () => {
  it('keeps every character of keys and values', async () => {
    const value = 'naïve 😀 \u0000 "quotes" \n 4433256000013547003';
    await redis.set('ключ 1', value);
    expect(await redis.get('ключ 1')).toBe(value);
    expect(await redis.get('absent')).toBeNull();
  });

  it('answers numbers, lists and nested lists in base64 mode as they are', async () => {
    expect(await redis.incr('n')).toBe(1);
    expect(await redis.eval('return {1, {"two", false}, redis.status_reply("FINE")}', [], [])).toEqual([
      1,
      ['two', null],
      'FINE',
    ]);
  });

  it('takes a command from the path, with the body before the query', async () => {
    const set = await rest('/set/a%20key?EX=100', { method: 'POST', body: 'its value' });
    expect(await set.json()).toEqual({ result: 'OK' });
    expect(set.headers.get('upstash-sync-token')).not.toBeNull();
    expect(await (await rest('/get/a%20key')).json()).toEqual({ result: 'its value' });
    expect(await redis.ttl('a key')).toBe(100);
  });

  it('writes 64-bit integers digit by digit', async () => {
    const answer = await rest('/incrby/big/4433256000013547003');
    expect(await answer.text()).toBe('{"result":4433256000013547003}');
  });

  it('answers what cannot be read with 400 and an unknown method with 405', async () => {
    for (const body of ['{', '[]', '{"a":1}', '']) {
      expect((await rest('/', { method: 'POST', body })).status).toBe(400);
      expect((await rest('/pipeline', { method: 'POST', body })).status).toBe(400);
    }
    expect((await rest('/get/%zz')).status).toBe(400);
    expect((await rest('/', { method: 'DELETE' })).status).toBe(405);
  });

  it('refuses commands that need a connection of their own', async () => {
    await expect(redis.exec(['BLPOP', 'list', '1'])).rejects.toThrow('ERR Command is not available');
  });
});

describe('pipelines and transactions', () => {
  it('reports a failing item of a pipeline and runs the others', async () => {
    const replies = await redis.pipeline().set('text', 'abc').incr('text').set('after', '1').exec({ keepErrors: true });
    expect(replies.map(({ error }) => error)).toEqual([
      undefined,
      expect.stringContaining('not an integer'),
      undefined,
    ]);
    expect(await redis.get('after')).toBe('1');
  });

  it('runs a transaction as one and reports its failing item', async () => {
    expect(await redis.multi().set('a', '1').incr('a').get('a').exec()).toEqual(['OK', 2, '2']);
    const answer = await rest('/multi-exec', { method: 'POST', body: '[["SET","b","x"],["INCR","b"]]' });
    expect(await answer.json()).toEqual([{ result: 'OK' }, { error: expect.stringContaining('not an integer') }]);
  });

  it('answers a discarded transaction with one error and applies nothing', async () => {
    const answer = await rest('/multi-exec', { method: 'POST', body: '[["SET","c","x"],["SET","c"]]' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringContaining('EXECABORT') });
    expect(await redis.get('c')).toBeNull();
  });

  it('never lets concurrent commands come between the parts of a transaction', async () => {
    const transactions = Array.from({ length: 20 }, () => redis.multi().incr('x').incr('x').exec<[number, number]>());
    const [results] = await Promise.all([
      Promise.all(transactions),
      ...Array.from({ length: 20 }, () => redis.incr('x')),
    ]);
    expect(results.every(([first, second]) => second === first + 1)).toBe(true);
  });
});

describe('access', () => {
  it('answers 401 without a token, with a wrong one, and on every path', async () => {
    for (const path of ['/', '/pipeline', '/multi-exec', '/get/a']) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${TOKEN}x` }]) {
        const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', body: '["GET","a"]', headers });
        expect(answer.status).toBe(401);
      }
    }
    await expect(clientOf('wrong').get('a')).rejects.toThrow('WRONGPASS');
  });

  it('lets the read-only token read, and neither write nor list the keys', async () => {
    await redis.set('a', '1');
    const reader = clientOf(READ_TOKEN);
    expect(await reader.get('a')).toBe('1');
    await expect(reader.set('a', '2')).rejects.toThrow("NOPERM this user has no permissions to run the 'set' command");
    await expect(reader.eval('return redis.call("SET", "a", "2")', [], [])).rejects.toThrow('NOPERM');
    await expect(reader.scan(0)).rejects.toThrow('NOPERM');
    const replies = await reader.pipeline().get('a').del('a').exec({ keepErrors: true });
    expect(replies.map(({ result }) => result)).toEqual(['1', undefined]);
    const transaction = await fetch(`${gateway.url}/multi-exec`, {
      method: 'POST',
      body: '[["GET","a"],["DEL","a"]]',
      headers: { authorization: `Bearer ${READ_TOKEN}` },
    });
    expect(await transaction.json()).toEqual({ error: expect.stringContaining('NOPERM') });
    expect(await redis.get('a')).toBe('1');
  });

  it('refuses a request above 10 MiB and takes one just below', async () => {
    await expect(redis.set('big', 'x'.repeat(10 * 1024 * 1024))).rejects.toThrow('ERR max request size exceeded');
    const value = 'y'.repeat(9.9 * 1024 * 1024);
    await redis.set('big', value);
    expect((await redis.get<string>('big')) === value).toBe(true);
  });
});

describe('scripts', () => {
  it('runs scripts that begin with the key-locking line, by text and by digest', async () => {
    const script = redis.createScript(`${SHEBANG}return redis.call('SET', KEYS[1], ARGV[1], 'GET')`);
    expect(await script.exec(['k'], ['old'])).toBeNull();
    expect(await script.exec(['k'], ['new'])).toBe('old');
    const loaded = `${SHEBANG}return redis.call('GET', KEYS[1])`;
    const digest = await redis.scriptLoad(loaded);
    expect(digest).toMatch(/^[0-9a-f]{40}$/);
    expect(await redis.evalsha(digest, ['k'], [])).toBe('new');
    expect(await redis.scriptExists(digest, '0'.repeat(40))).toEqual([1, 0]);
  });

  it('answers the digest of the script as it was sent', async () => {
    const script = `${SHEBANG}return 7`;
    expect(await redis.scriptLoad(script)).toBe(createHash('sha1').update(script).digest('hex'));
    expect(await redis.createScript(script).evalsha([], [])).toBe(7);
  });

  it('refuses a key outside KEYS when the script locks only its keys', async () => {
    const undeclared = `return redis.call('SET', 'other', '1')`;
    await expect(redis.eval(SHEBANG + undeclared, ['k'], [])).rejects.toThrow('not in KEYS');
    await expect(redis.eval(`${SHEBANG}return redis.call('FLUSHALL')`, ['k'], [])).rejects.toThrow('ERR');
    expect(await redis.get('other')).toBeNull();
    expect(await redis.eval(undeclared, ['k'], [])).toBe('OK');
  });

  it('handles 1,500 keys, and 3,000 fields of a hash at once', async () => {
    const keys = Array.from({ length: 1500 }, (_, index) => `key-${index}`);
    expect(await redis.eval(`${SHEBANG}return {#KEYS, KEYS[1500]}`, keys, [])).toEqual([1500, 'key-1499']);
    const fields = Array.from({ length: 3000 }, (_, index) => [`field-${index}`, `value-${index}`]).flat();
    const write = `${SHEBANG}return redis.call('HSET', KEYS[1], unpack(ARGV))`;
    expect(await redis.eval(write, ['hash'], fields)).toBe(3000);
    const read = `${SHEBANG}return redis.call('HMGET', KEYS[1], unpack(ARGV))`;
    const names = fields.filter((_, index) => index % 2 === 0);
    expect(await redis.eval(read, ['hash'], names)).toEqual(fields.filter((_, index) => index % 2 === 1));
  });

  it('fails at 8,000 unpacked values, as Redis does', async () => {
    const unpack = 'local t = {} for i = 1, tonumber(ARGV[1]) do t[i] = i end return #{unpack(t)}';
    expect(await redis.eval(unpack, [], [7990])).toBe(7990);
    await expect(redis.eval(unpack, [], [8000])).rejects.toThrow('too many results to unpack');
  });

  it('carries a script call and its reply of 9 MB within seconds', async () => {
    const values = Array.from({ length: 9000 }, (_, index) => `${index}:${'v'.repeat(1000)}`);
    const started = performance.now();
    expect(await redis.eval(`${SHEBANG}return ARGV`, [], values)).toEqual(values);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('billing', () => {
  it('counts each command of a pipeline and of a transaction', async () => {
    expect(await billedBy(() => redis.pipeline().set('a', '1').get('a').incr('a').exec())).toBe(3);
    expect(await billedBy(() => redis.multi().set('a', '1').incr('a').exec())).toBe(2);
    expect(await billedBy(() => redis.mset({ a: '1', b: '2', c: '3' }))).toBe(1);
  });

  it('counts the script and every call it makes', async () => {
    const script = `${SHEBANG}for i = 1, 10 do redis.call('INCR', KEYS[1]) end return redis.call('SET', KEYS[1], 'x', 'GET')`;
    expect(await billedBy(() => redis.eval(script, ['n'], []))).toBe(12);
    expect(await billedBy(() => redis.eval('redis.pcall("INCR", KEYS[1]) return 1', ['n'], []))).toBe(2);
  });

  it('does not count PING and INFO, nor what was refused', async () => {
    expect(await billedBy(() => redis.ping())).toBe(0);
    expect(await billedBy(() => rest('/info'))).toBe(0);
    expect(
      await billedBy(() =>
        clientOf(READ_TOKEN)
          .set('a', '1')
          .catch(() => undefined),
      ),
    ).toBe(0);
  });
});

describe('faults', () => {
  it('answers the status and body it is told, for as many requests as it is told, and applies nothing', async () => {
    gateway.faults.next({ kind: 'status', status: 429, body: '{"error":"ERR max requests limit exceeded"}', count: 2 });
    await expect(redis.set('a', '1')).rejects.toThrow('max requests limit exceeded');
    await expect(redis.set('a', '1')).rejects.toThrow('max requests limit exceeded');
    expect(await redis.get('a')).toBeNull();
    gateway.faults.next({ kind: 'status', status: 500, body: '<html>bad gateway</html>' });
    await expect(redis.get('a')).rejects.toThrow('bad gateway');
  });

  it('falls silent before or after it has applied the request', async () => {
    const write = (key: string) =>
      rest(`/set/${key}/1`, { method: 'POST', signal: AbortSignal.timeout(150) }).catch((error: Error) => error.name);
    gateway.faults.next({ kind: 'timeout-before-apply' });
    expect(await write('before')).toBe('TimeoutError');
    gateway.faults.next({ kind: 'timeout-after-apply' });
    expect(await write('after')).toBe('TimeoutError');
    expect(await redis.mget('before', 'after')).toEqual([null, '1']);
  });

  it('breaks the connection before or after it has applied the request', async () => {
    gateway.faults.next({ kind: 'drop' });
    await expect(redis.set('before', '1')).rejects.toThrow('fetch failed');
    gateway.faults.next({ kind: 'drop-after-apply' });
    await expect(redis.set('after', '1')).rejects.toThrow('fetch failed');
    expect(await redis.mget('before', 'after')).toEqual([null, '1']);
  });

  it('fails one item of a pipeline and applies its neighbours', async () => {
    gateway.faults.next({
      kind: 'fail-item',
      match: (command) => command[1] === 'b',
      error: 'ERR DB capacity quota exceeded',
    });
    const replies = await redis.pipeline().set('a', '1').set('b', '1').set('c', '1').exec({ keepErrors: true });
    expect(replies.map(({ error }) => error)).toEqual([undefined, 'ERR DB capacity quota exceeded', undefined]);
    expect(await redis.mget('a', 'b', 'c')).toEqual(['1', null, '1']);
  });

  it('befalls only requests with the command it names', async () => {
    gateway.faults.next({ kind: 'status', status: 500, body: '{"error":"ERR internal"}', match: 'eval' });
    await redis.set('a', '1');
    await expect(redis.pipeline().get('a').eval('return 1', [], []).exec()).rejects.toThrow('ERR internal');
    expect(gateway.faults.left).toBe(0);
  });
});
