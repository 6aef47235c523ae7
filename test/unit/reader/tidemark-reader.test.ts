import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../../infra/local/services/redis/upstash-gateway.ts';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { ReaderFailure } from '../../../lib/reader/reader-failure.ts';
import { TidemarkReader } from '../../../lib/reader/tidemark-reader.ts';
import { type UpstashHarness, upstashHarness } from '../../contract/cache-harness.ts';
import { A, applying, B, record, records, recordsOf, stamped } from '../../contract/cache-requests.ts';

const [TOKEN, READ_TOKEN] = ['reader', 'read-only'];
const STREAM = { connection: A.connection, stream: A.stream, partitionKind: 'event' };

let redis: EmbeddedRedis;
let gateway: UpstashGateway;
let harness: UpstashHarness;
let reader: TidemarkReader;

beforeAll(async () => {
  redis = await startEmbeddedRedis();
  gateway = await startUpstashGateway({ token: TOKEN, readOnlyToken: READ_TOKEN, redis });
  harness = upstashHarness(gateway.url, TOKEN, () => gateway.billedCommands());
  reader = new TidemarkReader({ url: gateway.url, token: READ_TOKEN, timeoutMs: 300 });
});
beforeEach(async () => {
  gateway.faults.clear();
  await harness.flush();
});
afterAll(async () => {
  await gateway.close();
  await redis.close();
});

async function failureOf(action: Promise<unknown>): Promise<ReaderFailure> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ReaderFailure)) throw new Error('expected a ReaderFailure', { cause: error });
  return error;
}

async function idsOf(partition: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of reader.list(STREAM, partition)) ids.push(id);
  return ids;
}

describe('reading records', () => {
  it('gives one record, exact and parsed, with digits kept', async () => {
    const body = '{ "id": 4433256000013547003, "order":4433256000013547000, "price": 1.10, "tags":["ü"] }';
    await harness.cache.apply(applying({ records: [{ ...record(A, '1', 5), body }] }));
    const found = await reader.get(STREAM, A.partition, '1');
    expect(found).toMatchObject({ id: '1', partition: A.partition, raw: body });
    expect(found?.value).toEqual({ id: '4433256000013547003', order: '4433256000013547000', price: 1.1, tags: ['ü'] });
    expect(await reader.get(STREAM, A.partition, '2')).toBeUndefined();
    expect(await reader.get(STREAM, 'nowhere', '1')).toBeUndefined();
  });

  it('finds a record by its id alone, wherever it moved', async () => {
    await harness.cache.apply(applying({ records: [record(A, '1', 5)] }));
    expect(await reader.getById(STREAM, '1')).toMatchObject({ partition: A.partition });
    await harness.cache.apply(applying({ key: B, records: [record(B, '1', 6)] }));
    expect(await reader.getById(STREAM, '1')).toMatchObject({ partition: B.partition, raw: record(B, '1', 6).body });
    expect(await reader.getById(STREAM, '2')).toBeUndefined();
  });

  it('takes a record that is gone for none, for one command', async () => {
    await harness.cache.apply(applying({ records: [record(A, '1', 5)] }));
    await harness.cache.apply(applying({ removals: { 1: stamped(record(A, '1', 5), 1) } }));
    const before = await gateway.billedCommands();
    expect(await reader.getById(STREAM, '1')).toBeUndefined();
    expect((await gateway.billedCommands()) - before).toBe(1);
  });

  it('looks again when a record moves between its two reads', async () => {
    await harness.cache.apply(applying({ records: [record(A, '1', 5)] }));
    let moved = false;
    const client = rawClient();
    const racing = new TidemarkReader({
      exec: async (command) => {
        const reply = await client.exec<never>(command);
        if (command[0] === 'GET' && !moved) {
          moved = true;
          const next = record(B, '1', 6);
          await harness.cache.apply(applying({ key: B, records: [next] }));
          await harness.cache.apply(applying({ removals: { 1: stamped(next, 1) } }));
        }
        return reply;
      },
    });
    expect(await racing.getById(STREAM, '1')).toMatchObject({ partition: B.partition });
  });

  it('lists every record of a partition once, however many', async () => {
    const all = records(A, 2_300, 5);
    await harness.cache.apply(applying({ records: all }));
    const ids = await idsOf(A.partition);
    expect(ids).toHaveLength(2_300);
    expect(new Set(ids)).toEqual(new Set(all.map(({ id }) => id)));
    expect(await idsOf('nowhere')).toEqual([]);
  });

  it('gives a partition as it stands at one moment, for two commands', async () => {
    await harness.cache.apply(applying({ records: records(A, 3, 5) }));
    const before = await gateway.billedCommands();
    const found = await reader.snapshot(STREAM, A.partition);
    expect((await gateway.billedCommands()) - before).toBe(2);
    expect(found.map(({ raw }) => raw).toSorted()).toEqual(records(A, 3, 5).map(({ body }) => body));
  });

  it('counts, and knows a partition without records from an unknown one', async () => {
    await harness.cache.apply(applying({ records: records(A, 3, 5) }));
    await harness.cache.apply(applying({ key: B }));
    expect(await reader.count(STREAM, A.partition)).toBe(3);
    expect(await reader.count(STREAM, B.partition)).toBe(0);
    expect(await reader.count(STREAM, 'nowhere')).toBeUndefined();
  });
});

describe('a partition that changes its layout', () => {
  const layout = (version: number) => ({ partitionKind: 'event', locators: true, version });
  const switchOver = async (from: number, to: number, fence: number) => {
    await harness.cache.copy({ key: A, layout: layout(from), to, fence });
    await harness.cache.apply(applying({ layout: layout(to), fence, beside: { version: from, becomes: 'dropped' } }));
  };

  it('is read in the one that counts, before and after, and back again', async () => {
    await harness.cache.apply(applying({ records: records(A, 3, 5) }));
    const [first] = records(A, 3, 5);
    const id = first?.id ?? '';
    for (const [from, to] of [
      [1, 2],
      [2, 3],
      [3, 1],
    ] as const) {
      await switchOver(from, to, 1 + to);
      expect(await reader.get(STREAM, A.partition, id)).toMatchObject({ raw: first?.body });
      expect(await reader.get(STREAM, A.partition, 'none')).toBeUndefined();
      expect(await reader.getById(STREAM, id)).toMatchObject({ raw: first?.body });
      expect(await reader.snapshot(STREAM, A.partition)).toHaveLength(3);
      expect(await idsOf(A.partition)).toHaveLength(3);
      await harness.flush();
      await harness.cache.apply(applying({ records: records(A, 3, 5), layout: layout(to) }));
    }
  });

  it.each(['snapshot', 'list'] as const)('is whole, when it changes during a %s', async (how) => {
    await harness.cache.apply(applying({ records: records(A, 1_500, 5) }));
    const client = new Redis({
      url: gateway.url,
      token: READ_TOKEN,
      automaticDeserialization: false,
      enableTelemetry: false,
      responseEncoding: false,
    });
    let switched = false;
    const racing = new TidemarkReader({
      exec: async <T>(command: [name: string, ...args: (string | number | boolean)[]]) => {
        const reply = await client.exec<T>(command);
        if (!switched && command[0] === (how === 'list' ? 'HSCAN' : 'HMGET')) {
          switched = true;
          await harness.cache.copy({ key: A, layout: layout(1), to: 2, fence: 2 });
          let page = await harness.cache.copy({ key: A, layout: layout(1), to: 2, fence: 2 });
          while (page.outcome === 'copied' && page.next !== undefined) {
            page = await harness.cache.copy({ key: A, layout: layout(1), to: 2, fence: 2, cursor: page.next });
          }
          const beside = { version: 1, becomes: 'dropped' } as const;
          await harness.cache.apply(applying({ layout: layout(2), fence: 2, beside }));
        }
        return reply;
      },
    });
    const ids = new Set<string>();
    if (how === 'list') for await (const { id } of racing.list(STREAM, A.partition)) ids.add(id);
    else for (const { id } of await racing.snapshot(STREAM, A.partition)) ids.add(id);
    expect(ids.size).toBe(1_500);
  });
});

describe('freshness', () => {
  it('is read from what was written and published', async () => {
    const watermark = instantFromMs(Date.parse('2026-11-21T06:00:00Z'));
    const meta = {
      lastSync: instantFromMs(Date.parse('2026-11-21T06:01:00Z')),
      watermark,
      loaded: true,
      pending: false,
    };
    await harness.cache.apply(applying({ meta }));
    expect(await reader.freshness(STREAM, A.partition)).toEqual({
      loaded: true,
      pending: false,
      watermark,
      lastSync: meta.lastSync,
    });
    const stream = { watermark: '2026-11-21T06:30:00.000Z', loaded: true, pending: {}, more: false };
    await harness.cache.publishCycle('main', {
      cycle: 1,
      at: '2026-11-21T06:31:00.000Z',
      streams: { registrations: stream },
    });
    expect(await reader.freshness(STREAM, A.partition)).toMatchObject({
      watermark: Date.parse('2026-11-21T06:30:00Z'),
    });
    expect(await reader.freshness(STREAM, 'nowhere')).toBeUndefined();
  });
});

describe('failures', () => {
  it('reports a record that is not JSON without quoting it', async () => {
    await harness.setField(recordsOf(A), '1', 'jane@example.org');
    const found = await reader.get(STREAM, A.partition, '1');
    expect(found?.raw).toBe('jane@example.org');
    const failure = await failureOf(Promise.resolve().then(() => found?.value));
    expect(failure.code).toBe('reader-malformed');
    expect(failure.message).not.toContain('jane');
  });

  it('reports a cache that does not answer', async () => {
    gateway.faults.next({ kind: 'timeout-before-apply', count: 2 });
    expect(await failureOf(reader.get(STREAM, A.partition, '1'))).toMatchObject({
      code: 'reader-unavailable',
      retryable: true,
    });
  });

  it('reports a token that is refused', async () => {
    const stranger = new TidemarkReader({ url: gateway.url, token: 'wrong' });
    expect(await failureOf(stranger.count(STREAM, A.partition))).toMatchObject({
      code: 'reader-misconfigured',
      retryable: false,
    });
  });

  it('refuses a client that reads JSON by itself, which would round ids', async () => {
    await harness.setField(recordsOf(A), '1', '{"id":4433256000013547003}');
    const careless = new Redis({ url: gateway.url, token: TOKEN, enableAutoPipelining: false, enableTelemetry: false });
    const failure = await failureOf(new TidemarkReader(careless).get(STREAM, A.partition, '1'));
    expect(failure.message).toContain('automaticDeserialization: false');
  });
});

function rawClient(): Redis {
  return new Redis({
    url: gateway.url,
    token: TOKEN,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
  });
}
