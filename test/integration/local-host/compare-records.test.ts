import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../../infra/local/services/redis/upstash-gateway.ts';
import { compareRecords, type TrueRecord } from '../../../infra/local/start/compare-records.ts';

const LAYOUT = { partitionKind: 'event', stream: 'registrations' };
const TRUTH: readonly TrueRecord[] = [
  { id: '1', partition: 'a', body: '{"ID":"1","Name":"Lê Thị Ngọc Ánh"}' },
  { id: '2', partition: 'a', body: '{"ID":"2"}' },
  { id: '3', partition: 'b', body: '{"ID":"3"}' },
];

let redis: EmbeddedRedis;
let gateway: UpstashGateway;

beforeAll(async () => {
  redis = await startEmbeddedRedis();
  gateway = await startUpstashGateway({ token: 't', redis });
});

afterAll(async () => {
  await gateway.close();
  await redis.close();
});

async function cacheHolds(partitions: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
  const writes = Object.entries(partitions).map(([partition, records]) => [
    'HSET',
    `cache:event:${partition}:registrations`,
    ...Object.entries(records).flat(),
  ]);
  await commands([['FLUSHALL'], ...writes]);
}

async function commands(list: readonly (readonly string[])[]): Promise<void> {
  const headers = { authorization: 'Bearer t' };
  await fetch(`${gateway.url}/pipeline`, { method: 'POST', headers, body: JSON.stringify(list) });
}

function compare() {
  return compareRecords({ url: gateway.url, token: 't' }, LAYOUT, ['a', 'b', 'empty'], TRUTH);
}

describe('the comparison of cache and source', () => {
  it('counts records that are equal to the byte', async () => {
    await cacheHolds({ a: { 1: TRUTH[0]?.body ?? '', 2: '{"ID":"2"}' }, b: { 3: '{"ID":"3"}' } });
    expect(await compare()).toEqual({ equal: 3, differences: [] });
  });

  it('looks into the layout and the segments that readers are told of', async () => {
    const records = 'cache:event:a:registrations';
    const writes = [
      ['HSET', `${records}:meta`, 'layout', '2', 'segments', '2025,2026'],
      ['HSET', `${records}:v2:2025`, '1', TRUTH[0]?.body ?? ''],
      ['HSET', `${records}:v2:2026`, '2', '{"ID":"2"}'],
      ['HSET', records, '7', 'left behind'],
    ];
    await commands([['FLUSHALL'], ...writes]);
    expect(await compare()).toEqual({ equal: 2, differences: ['b/3 is missing'] });
  });

  it('names what is missing, differs, or is too much', async () => {
    await cacheHolds({ a: { 2: '{"ID": "2"}', 9: '{}' }, empty: { 8: '{}' } });
    expect(await compare()).toEqual({
      equal: 0,
      differences: [
        'a/1 is missing',
        'a/2 differs',
        'a/9 is not at the source',
        'b/3 is missing',
        'empty/8 is not at the source',
      ],
    });
  });
});
