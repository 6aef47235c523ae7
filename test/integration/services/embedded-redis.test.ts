import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { portOf } from '../../../infra/local/services/http-server.ts';
import { billedByCommandStats } from '../../../infra/local/services/redis/billing.ts';
import { startEmbeddedRedis } from '../../../infra/local/services/redis/embedded-redis.ts';
import { parseRedisUrl } from '../../../infra/local/services/redis/redis-target.ts';
import { RespConnection } from '../../../infra/local/services/redis/resp-connection.ts';
import { RespParser } from '../../../infra/local/services/redis/resp-parser.ts';
import { startUpstashGateway } from '../../../infra/local/services/redis/upstash-gateway.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function connectionTo(url: string): RespConnection {
  const connection = new RespConnection(parseRedisUrl(url));
  cleanups.push(() => connection.close());
  return connection;
}

describe('parseRedisUrl', () => {
  it('reads user, password, port and database, each of which may be missing', () => {
    expect(parseRedisUrl('redis://cache.local')).toEqual({ host: 'cache.local', port: 6379 });
    expect(parseRedisUrl('redis://me:p%40ss@[::1]:7000/3')).toEqual({
      host: '::1',
      port: 7000,
      username: 'me',
      password: 'p@ss',
      database: 3,
    });
  });

  it('refuses anything else without repeating it', () => {
    for (const url of ['https://user:secret@host', 'redis://:secret@host/name', 'secret'])
      expect(() => parseRedisUrl(url)).toThrow(/^(?!.*secret)/);
  });
});

describe('RespParser', () => {
  const stream = Buffer.from(
    '+OK\r\n-ERR no\r\n:4433256000013547003\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*1\r\n:1\r\n$0\r\n\r\n',
  );

  it('reads the same replies wherever the bytes are cut', () => {
    const whole = new RespParser().push(stream);
    expect(whole).toHaveLength(8);
    for (let size = 1; size < stream.length; size += 1) {
      const parser = new RespParser();
      const replies = [];
      for (let at = 0; at < stream.length; at += size) replies.push(...parser.push(stream.subarray(at, at + size)));
      expect(replies).toEqual(whole);
    }
  });

  it('keeps bytes that are not text and all digits of an integer', () => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    const parser = new RespParser();
    expect(
      parser.push(Buffer.concat([Buffer.from('$5\r\n'), bytes, Buffer.from('\r\n:-9223372036854775808\r\n')])),
    ).toEqual([
      { type: 'bulk', bytes },
      { type: 'integer', digits: '-9223372036854775808' },
    ]);
  });

  it('refuses what is not RESP2', () => {
    expect(() => new RespParser().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow('not RESP2');
  });
});

describe('startEmbeddedRedis', () => {
  it('demands its password and serves several databases', async () => {
    const redis = await startEmbeddedRedis({ password: 'sesame' });
    cleanups.push(() => redis.close());
    const address = `127.0.0.1:${redis.port}`;
    await expect(connectionTo(`redis://:wrong@${address}`).send([['GET', 'a']])).rejects.toThrow('Redis refused AUTH');
    const [noAuth] = await connectionTo(`redis://${address}`).send([['GET', 'a']]);
    expect(noAuth).toMatchObject({ type: 'error', message: expect.stringContaining('NOAUTH') });
    await connectionTo(`redis://:sesame@${address}/2`).send([['SET', 'a', '1']]);
    expect(await connectionTo(`redis://:sesame@${address}/3`).send([['GET', 'a']])).toEqual([{ type: 'null' }]);
  });

  it('answers and changes hashes as Redis does, and fails a transaction whose watched key was written', async () => {
    const redis = await startEmbeddedRedis();
    cleanups.push(() => redis.close());
    const [one, other] = [connectionTo(redis.url), connectionTo(redis.url)];
    const integer = (digits: string) => ({ type: 'integer', digits });
    const bulk = (text: string) => ({ type: 'bulk', bytes: Buffer.from(text) });
    expect(
      await one.send([
        ['HSET', 'h', 'a', '1', 'b', '2'],
        ['HSET', 'h', 'b', '3'],
        ['HLEN', 'h'],
      ]),
    ).toEqual([integer('2'), integer('0'), integer('2')]);
    expect(
      await one.send([
        ['HMGET', 'h', 'b', 'c'],
        ['HDEL', 'h', 'a', 'c'],
        ['HGETALL', 'h'],
      ]),
    ).toEqual([
      { type: 'array', items: [bulk('3'), { type: 'null' }] },
      integer('1'),
      { type: 'array', items: [bulk('b'), bulk('3')] },
    ]);
    const [wrongType] = await one.send([
      ['SADD', 'h', 'x'],
      ['SET', 's', 'x'],
    ]);
    expect(wrongType).toMatchObject({ type: 'error', message: expect.stringContaining('WRONGTYPE') });
    expect(await one.send([['HGET', 's', 'x']])).toMatchObject([{ message: expect.stringContaining('WRONGTYPE') }]);
    await one.send([['WATCH', 'h'], ['MULTI'], ['HSET', 'h', 'b', 'mine']]);
    await other.send([['HSET', 'h', 'b', 'theirs']]);
    expect(await one.send([['EXEC'], ['HGET', 'h', 'b']])).toEqual([{ type: 'null' }, bulk('theirs')]);
  });

  it('closes at once while clients are connected, and their commands are rejected', async () => {
    const redis = await startEmbeddedRedis();
    const connection = connectionTo(redis.url);
    await connection.send([['PING']]);
    await redis.close();
    await expect(connection.send([['PING']])).rejects.toThrow('connection to Redis');
  });
});

describe('RespConnection', () => {
  it('rejects what was waiting when the connection is lost, and connects again for the next command', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket
        .on('error', () => undefined)
        .on('data', () => (sockets.length === 1 ? socket.destroy() : socket.write('+OK\r\n')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const connection = connectionTo(`redis://127.0.0.1:${portOf(server.address())}`);
    await expect(
      connection.send([
        ['SET', 'a', '1'],
        ['GET', 'a'],
      ]),
    ).rejects.toThrow('lost');
    expect(await connection.send([['PING']])).toEqual([{ type: 'simple', text: 'OK' }]);
  });
});

describe('billing of a Redis that is not ours', () => {
  it('adds up the calls of INFO commandstats that are billed', () => {
    const info = [
      '# Commandstats',
      'cmdstat_eval:calls=2,usec=10,usec_per_call=5.00,rejected_calls=0,failed_calls=0',
      'cmdstat_hset:calls=5,usec=10,usec_per_call=5.00,rejected_calls=0,failed_calls=0',
      'cmdstat_script|load:calls=1,usec=1,usec_per_call=1.00,rejected_calls=0,failed_calls=0',
      'cmdstat_info:calls=9,usec=1,usec_per_call=1.00,rejected_calls=0,failed_calls=0',
      'cmdstat_multi:calls=4,usec=1,usec_per_call=1.00,rejected_calls=0,failed_calls=0',
    ].join('\r\n');
    expect(billedByCommandStats(info)).toBe(8);
  });

  it('answers through the gateway with 500 while it is away', async () => {
    const redis = await startEmbeddedRedis();
    const gateway = await startUpstashGateway({ token: 't', redis: redis.url });
    cleanups.push(() => gateway.close());
    const get = () => fetch(`${gateway.url}/get/a`, { headers: { authorization: 'Bearer t' } });
    expect((await get()).status).toBe(200);
    await redis.close();
    expect((await get()).status).toBe(500);
    const again = await startEmbeddedRedis({ port: redis.port });
    cleanups.push(() => again.close());
    expect((await get()).status).toBe(200);
  });
});
