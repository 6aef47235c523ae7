import { bucketField, type StreamLayout, stampsKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import { BUCKETS, type BucketDigest, parseBucket } from '../../domain/digest.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { isTombstone, readStoredStamp, type StoredStamp } from '../../domain/stored-stamp.ts';
import type { PartitionDigests } from '../../ports/cache.ts';
import type { RedisClient } from './redis-client.ts';
import { integer, pairsOf, readFields, scanPages } from './redis-scan.ts';

/** Entries asked for at a time: a reply stays below a megabyte. */
const SCAN_COUNT = 5_000;

export interface ReadStamps {
  /** Of the records that are there. */
  readonly live: ReadonlyMap<string, StoredStamp>;
  readonly tombstones: readonly string[];
  readonly commands: number;
}

/** Every stamp of a partition. */
export async function readStamps(client: RedisClient, key: PartitionKey): Promise<ReadStamps> {
  const live = new Map<string, StoredStamp>();
  const tombstones: string[] = [];
  let commands = 0;
  for await (const page of scanPages(client, 'HSCAN', stampsKey(key), SCAN_COUNT)) {
    commands += 1;
    for (const [id, text] of pairsOf(page)) {
      if (id.startsWith('#')) continue;
      const stored = readStoredStamp(text);
      if (isTombstone(stored)) tombstones.push(id);
      else live.set(id, stored);
    }
  }
  return { live, tombstones, commands };
}

/** What a partition keeps about itself. One command. */
export interface OwnFields {
  /** `undefined` when the cache does not know the partition. */
  readonly fence: string | undefined;
  readonly count: number;
  readonly buckets: readonly BucketDigest[];
}

const OWN_FIELDS = ['#fence', '#count', ...Array.from({ length: BUCKETS }, (_, bucket) => bucketField(bucket))];

export async function readOwnFields(client: RedisClient, key: PartitionKey): Promise<OwnFields> {
  const [fence, count, ...buckets] = await readFields(client, stampsKey(key), OWN_FIELDS);
  return { fence, count: Number(count ?? 0), buckets: buckets.map(parseBucket) };
}

export async function readDigests(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
): Promise<PartitionDigests | undefined> {
  const { fence, count, buckets } = await readOwnFields(client, key);
  if (fence === undefined) return undefined;
  // Afterwards: records that are added in between must not look as if the cache had lost some.
  const found = await integer(client, 'HLEN', versionedRecordsKey(key, layout));
  return { count, found, buckets };
}
