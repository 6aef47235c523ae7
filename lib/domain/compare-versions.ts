import { addVersion, type BucketDigest, bucketOf, identityHash } from './digest.ts';
import type { Instant } from './instant.ts';
import { parseStamp } from './stamp.ts';
import type { StoredStamp } from './stored-stamp.ts';

/** Record id → modified time, as a sweep of the source saw them. */
export type SweptVersions = ReadonlyMap<string, Instant>;

/** Which buckets hold other versions than the source has, by comparing sums alone. */
export function differingBuckets(swept: SweptVersions, buckets: readonly BucketDigest[]): ReadonlySet<number> {
  const sums = buckets.map(() => 0);
  for (const [record, modified] of swept) {
    const bucket = bucketOf(record);
    sums[bucket] = addVersion(sums[bucket] ?? 0, identityHash(record, modified));
  }
  return new Set(sums.flatMap((sum, bucket) => (sum === buckets[bucket]?.versions ? [] : [bucket])));
}

export interface Comparison {
  readonly swept: SweptVersions;
  readonly stamps: ReadonlyMap<string, StoredStamp>;
  /** Where to look. */
  readonly buckets: ReadonlySet<number>;
  /** What was changed after this is still under way: the next delta reads it. */
  readonly horizon: Instant;
  /** Call number of the sweep's first page: what was written since is not judged by it. */
  readonly startOrder: number;
}

/** Records that seem to differ. Each is looked at again, by its id, before anything is said or done about it. */
export interface Suspects {
  readonly missing: readonly string[];
  readonly stale: readonly string[];
  /** Record id → stamp. */
  readonly extra: ReadonlyMap<string, string>;
}

/** What differs between a sweep and the stamps, record by record. */
export function compareVersions({ swept, stamps, buckets, horizon, startOrder }: Comparison): Suspects {
  const missing: string[] = [];
  const stale: string[] = [];
  const extra = new Map<string, string>();
  for (const [record, modified] of swept) {
    if (!buckets.has(bucketOf(record)) || modified > horizon) continue;
    const stored = stamps.get(record);
    if (stored === undefined) missing.push(record);
    else if ((parseStamp(stored.stamp)?.modified ?? 0) < modified) stale.push(record);
  }
  for (const [record, { stamp }] of stamps) {
    if (swept.has(record) || !buckets.has(bucketOf(record))) continue;
    if ((parseStamp(stamp)?.order ?? 0) < startOrder) extra.set(record, stamp);
  }
  return { missing, stale, extra };
}
