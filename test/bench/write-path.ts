import { Redis } from '@upstash/redis';
import { startEmbeddedRedis } from '../../infra/local/services/redis/embedded-redis.ts';
import { RespConnection } from '../../infra/local/services/redis/resp-connection.ts';
import { startUpstashGateway } from '../../infra/local/services/redis/upstash-gateway.ts';
import { UpstashCache } from '../../lib/adapters/upstash/upstash-cache.ts';
import { instantFromMs } from '../../lib/domain/instant.ts';
import type { SourceRecord } from '../../lib/domain/record.ts';
import { inParallel } from '../../lib/sync/in-parallel.ts';
import { hasRedisServer, startRealRedis } from '../support/real-redis.ts';

const PAGE = 1_000;
const PAGES = 20;
/** One command per record takes long: a part of the records tells its rate. */
const SINGLE = 2_000;
const ROUNDS = 3;
/** Pages under way at once, as in a walk that writes several partitions. */
const AT_ONCE = 4;

export interface WritePathRates {
  readonly server: string;
  readonly records: number;
  readonly bytesPerRecord: number;
  /** Records a second, median of the rounds. */
  readonly guarded: number;
  readonly unguarded: number;
  readonly single: number;
  readonly raw: number;
  readonly commandsPerPage: number;
}

/**
 * Writes the same records four ways through the same server in one run: as Tidemark does (fence, newer wins, counts;
 * one script per page), as one HSET per page without any guard, as one SET per record, and pipelined without HTTP.
 */
export async function measureWritePath(): Promise<WritePathRates> {
  const real = hasRedisServer();
  const redis = real ? await startRealRedis() : await startEmbeddedRedis();
  const gateway = await startUpstashGateway({ token: 'bench', redis: { host: redis.host, port: redis.port } });
  const connection = new RespConnection({ host: redis.host, port: redis.port });
  const credentials = { url: gateway.url, token: 'bench' };
  const cache = new UpstashCache({ current: async () => credentials, refreshed: async () => credentials });
  const client = new Redis({
    ...credentials,
    enableAutoPipelining: false,
    automaticDeserialization: false,
    enableTelemetry: false,
  });
  const rates: Record<'guarded' | 'unguarded' | 'single' | 'raw', number[]> = {
    guarded: [],
    unguarded: [],
    single: [],
    raw: [],
  };
  let commands = 0;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const pages = Array.from({ length: PAGES }, (_, page) => makePage(round, page));
      rates.guarded.push(
        await rate(PAGE * PAGES, async () => {
          const written = await inParallel([...pages.entries()], AT_ONCE, ([page, records]) =>
            writeGuarded(cache, records, `g${round}-${page}`),
          );
          commands += written.reduce((sum, page) => sum + page, 0);
        }),
      );
      rates.unguarded.push(
        await rate(PAGE * PAGES, async () => {
          await inParallel([...pages.entries()], AT_ONCE, ([page, records]) =>
            client.hset(`u${round}-${page}`, Object.fromEntries(records.map(({ id, body }) => [id, body]))),
          );
        }),
      );
      rates.single.push(
        await rate(SINGLE, async () => {
          for (const { id, body } of pages.flat().slice(0, SINGLE)) await client.set(`s${round}-${id}`, body);
        }),
      );
      rates.raw.push(
        await rate(PAGE * PAGES, async () => {
          for (const records of pages)
            await connection.send(records.map(({ id, body }) => ['SET', `r${round}-${id}`, body]));
        }),
      );
    }
  } finally {
    connection.close();
    await gateway.close();
    await redis.close();
  }
  return {
    server: real ? 'redis-server' : 'the embedded Redis',
    records: PAGE * PAGES,
    bytesPerRecord: makePage(0, 0)[0]?.body.length ?? 0,
    guarded: median(rates.guarded),
    unguarded: median(rates.unguarded),
    single: median(rates.single),
    raw: median(rates.raw),
    commandsPerPage: commands / (ROUNDS * PAGES),
  };
}

async function writeGuarded(cache: UpstashCache, records: readonly SourceRecord[], partition: string): Promise<number> {
  const reply = await cache.apply({
    key: { connection: 'bench', stream: 'registrations', partition },
    layout: { partitionKind: 'event', locators: false, version: 1 },
    fence: 1,
    create: true,
    verify: false,
    path: 'full',
    records,
    order: 1,
    meta: { lastSync: instantFromMs(1), loaded: true, pending: false },
  });
  if (reply.outcome !== 'applied' || reply.added !== records.length) throw new Error('the bench wrote nothing');
  return reply.commands;
}

function makePage(round: number, page: number): readonly SourceRecord[] {
  return Array.from({ length: PAGE }, (_, index) => {
    const id = `44332560000${String(round).padStart(2, '0')}${String(page * PAGE + index).padStart(6, '0')}`;
    const filler = `${id} Nguyễn Văn An `.repeat(40).slice(0, 900);
    return {
      id,
      partition: 'bench',
      modified: instantFromMs(1_700_000_000_000 + index * 1_000),
      body: JSON.stringify({ ID: id, Full_Name: filler, Email: `${id}@example.test` }),
    };
  });
}

async function rate(records: number, write: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await write();
  return (records * 1_000) / (performance.now() - started);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
