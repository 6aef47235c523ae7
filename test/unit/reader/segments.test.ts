import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../../infra/local/services/redis/upstash-gateway.ts';
import type { CachedRecord } from '../../../lib/reader/cached-record.ts';
import { TidemarkReader } from '../../../lib/reader/tidemark-reader.ts';
import { type UpstashHarness, upstashHarness } from '../../contract/cache-harness.ts';
import {
  A,
  applying,
  B,
  locatorOf,
  metaOf,
  record,
  SEGMENTED_LAYOUT,
  segmented,
  stamped,
  stampsOf,
} from '../../contract/cache-requests.ts';

const [TOKEN, READ_TOKEN] = ['reader', 'read-only'];
const STREAM = { connection: A.connection, stream: A.stream, partitionKind: 'event' };
const MONTHS = ['2025-01', '2025-02', '2025-03'];
const ALL = MONTHS.map((month, index) => segmented(record(A, String(index), 5), month));

let redis: EmbeddedRedis;
let gateway: UpstashGateway;
let harness: UpstashHarness;
let reader: TidemarkReader;

beforeAll(async () => {
  redis = await startEmbeddedRedis();
  gateway = await startUpstashGateway({ token: TOKEN, readOnlyToken: READ_TOKEN, redis });
  harness = upstashHarness(gateway.url, TOKEN, () => gateway.billedCommands());
});
beforeEach(async () => {
  await harness.flush();
  reader = new TidemarkReader({ url: gateway.url, token: READ_TOKEN });
  await harness.cache.apply(applying({ records: ALL, layout: SEGMENTED_LAYOUT }));
});
afterAll(async () => {
  await gateway.close();
  await redis.close();
});

async function costing<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const before = await gateway.billedCommands();
  const answer = await work;
  return [answer, (await gateway.billedCommands()) - before];
}

async function listed(): Promise<readonly CachedRecord[]> {
  const found: CachedRecord[] = [];
  for await (const one of reader.list(STREAM, A.partition)) found.push(one);
  return found.toSorted((a, b) => a.id.localeCompare(b.id));
}

const bodies = (records: readonly CachedRecord[]) => records.map(({ raw }) => raw);
const EXPECTED = ALL.map(({ body }) => body);

describe('a partition in segments', () => {
  it('gives a record by its id in two reads', async () => {
    expect(await costing(reader.getById(STREAM, '1'))).toMatchObject([{ raw: ALL[1]?.body }, 2]);
  });

  it('gives a record of a partition in two reads, once the stream is known to have segments', async () => {
    expect(await costing(reader.get(STREAM, A.partition, '2'))).toMatchObject([{ raw: ALL[2]?.body }, 4]);
    expect(await costing(reader.get(STREAM, A.partition, '1'))).toMatchObject([{ raw: ALL[1]?.body }, 2]);
    expect(await costing(reader.get(STREAM, A.partition, 'none'))).toEqual([undefined, 1]);
    expect(await reader.get(STREAM, 'nowhere', '1')).toBeUndefined();
  });

  it('lists and counts the records of all segments', async () => {
    expect(bodies(await listed())).toEqual(EXPECTED);
    expect(bodies(await reader.snapshot(STREAM, A.partition)).toSorted()).toEqual(EXPECTED);
    expect(await reader.count(STREAM, A.partition)).toBe(3);
    expect(await reader.freshness(STREAM, A.partition)).toMatchObject({ loaded: true });
  });

  it('follows a record that moves', async () => {
    await harness.cache.apply(
      applying({ key: B, records: [segmented(record(B, '1', 6), '2025-09')], layout: SEGMENTED_LAYOUT }),
    );
    expect(await reader.getById(STREAM, '1')).toMatchObject({ partition: B.partition, raw: record(B, '1', 6).body });
    await harness.cache.apply(
      applying({ key: B, removals: { 1: stamped(record(B, '1', 6), 1) }, layout: SEGMENTED_LAYOUT }),
    );
    expect(await costing(reader.getById(STREAM, '1'))).toEqual([undefined, 1]);
  });

  it('takes a forgotten record for none', async () => {
    const forgotten = { 1: stamped(record(A, '1', 5), 1) };
    await harness.cache.apply(applying({ forgotten, layout: SEGMENTED_LAYOUT }));
    for (let time = 0; time < 2; time += 1) expect(await reader.get(STREAM, A.partition, '1')).toBeUndefined();
  });

  it.each([
    ['what readers are told', () => harness.drop(metaOf(A))],
    ['the stamps', () => harness.drop(stampsOf(A))],
    ['locators', () => harness.drop(locatorOf('1'))],
  ])('is read as before while %s are lost', async (_, lose) => {
    await lose();
    expect(bodies(await listed())).toEqual(EXPECTED);
    expect(bodies(await reader.snapshot(STREAM, A.partition)).toSorted()).toEqual(EXPECTED);
    for (const { id, body } of ALL) expect(await reader.get(STREAM, A.partition, id)).toMatchObject({ raw: body });
  });

  it('is read in the layout that counts', async () => {
    const copy = { key: A, layout: SEGMENTED_LAYOUT, to: 2, fence: 2 };
    let page = await harness.cache.copy(copy);
    while (page.outcome === 'copied' && page.next !== undefined) {
      page = await harness.cache.copy({ ...copy, cursor: page.next });
    }
    const beside = { version: 1, becomes: 'dropped' } as const;
    await harness.cache.apply(applying({ layout: { ...SEGMENTED_LAYOUT, version: 2 }, fence: 2, beside }));
    for (let time = 0; time < 2; time += 1) {
      expect(await reader.get(STREAM, A.partition, '1')).toMatchObject({ raw: ALL[1]?.body });
    }
    expect(await reader.getById(STREAM, '2')).toMatchObject({ raw: ALL[2]?.body });
    expect(bodies(await listed())).toEqual(EXPECTED);
  });
});
