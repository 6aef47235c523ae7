import { bucketField, type StreamLayout, stampsKey } from '../../domain/cache-layout.ts';
import { BUCKETS, type BucketDigest, parseBucket } from '../../domain/digest.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { isTombstone, readStoredStamp, type StoredStamp } from '../../domain/stored-stamp.ts';
import type { PartitionDigests } from '../../ports/cache-entries.ts';
import type { RedisClient } from './redis-client.ts';
import { pairsOf, readFields, scanPages } from './redis-scan.ts';
import { countFound, withNone } from './segment-keys.ts';

/** Entries asked for at a time: a reply stays below a megabyte. */
const SCAN_COUNT = 5_000;

export interface ReadStamps {
  /** Of the records that are there. */
  readonly live: ReadonlyMap<string, StoredStamp>;
  readonly tombstones: readonly string[];
  /** That the partition may have records in, `NO_SEGMENT` first. */
  readonly segments: readonly string[];
  readonly commands: number;
}

/** One page of a partition's stamps, tombstones included. An entry may come twice. */
export interface StampPage {
  readonly stamps: readonly (readonly [record: string, stored: StoredStamp])[];
  /** Where this page has them. */
  readonly segments?: readonly string[];
}

/** Every stamp of a partition, page by page: of many not all need be in memory. One command a page. */
export async function* stampPages(client: RedisClient, key: PartitionKey): AsyncGenerator<StampPage, void, void> {
  for await (const page of scanPages(client, 'HSCAN', stampsKey(key), SCAN_COUNT)) {
    const stamps: (readonly [string, StoredStamp])[] = [];
    let segments: readonly string[] | undefined;
    for (const [id, text] of pairsOf(page)) {
      if (id === '#segments') segments = withNone(text);
      if (!id.startsWith('#')) stamps.push([id, readStoredStamp(text)]);
    }
    yield { stamps, ...(segments === undefined ? {} : { segments }) };
  }
}

/** Every stamp of a partition. */
export async function readStamps(client: RedisClient, key: PartitionKey): Promise<ReadStamps> {
  const live = new Map<string, StoredStamp>();
  const tombstones: string[] = [];
  let segments = withNone(undefined);
  let commands = 0;
  for await (const page of stampPages(client, key)) {
    commands += 1;
    segments = page.segments ?? segments;
    for (const [id, stored] of page.stamps) {
      if (isTombstone(stored)) tombstones.push(id);
      else live.set(id, stored);
    }
  }
  return { live, tombstones, segments, commands };
}

/** What is stored of these records. One command. */
export async function readStampsOf(
  client: RedisClient,
  key: PartitionKey,
  records: readonly string[],
): Promise<ReadonlyMap<string, StoredStamp>> {
  if (records.length === 0) return new Map();
  const stored = await readFields(client, stampsKey(key), records);
  return new Map(
    stored.flatMap((text, index) => {
      const record = records[index];
      return text === undefined || record === undefined ? [] : [[record, readStoredStamp(text)] as const];
    }),
  );
}

/** What a partition keeps about itself. One command. */
export interface OwnFields {
  /** `undefined` when the cache does not know the partition. */
  readonly fence: string | undefined;
  readonly count: number;
  /** That the partition may have records in, `NO_SEGMENT` first. */
  readonly segments: readonly string[];
  readonly buckets: readonly BucketDigest[];
}

const BUCKET_FIELDS = Array.from({ length: BUCKETS }, (_, bucket) => bucketField(bucket));
const OWN_FIELDS = ['#fence', '#count', '#segments', ...BUCKET_FIELDS];

export async function readOwnFields(client: RedisClient, key: PartitionKey): Promise<OwnFields> {
  const [fence, count, segments, ...buckets] = await readFields(client, stampsKey(key), OWN_FIELDS);
  return { fence, count: Number(count ?? 0), segments: withNone(segments), buckets: buckets.map(parseBucket) };
}

export async function readDigests(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
): Promise<PartitionDigests | undefined> {
  const { fence, count, segments, buckets } = await readOwnFields(client, key);
  if (fence === undefined) return undefined;
  // Afterwards: records that are added in between must not look as if the cache had lost some.
  const found = await countFound(client, key, layout, segments);
  return { count, found, buckets };
}
