import type { Locator } from '../domain/cache-layout.ts';
import type { BucketDigest } from '../domain/digest.ts';
import type { Instant } from '../domain/instant.ts';
import type { StoredStamp } from '../domain/stored-stamp.ts';

export interface CachedVersion {
  readonly record: string;
  /** Older than any other where the cache has lost it. */
  readonly stamp: string;
}

/** What a partition keeps about itself, to be compared without reading its records. */
export interface PartitionDigests {
  /** Records that were written and not removed. */
  readonly count: number;
  /** Records that readers find. Fewer than `count`: the cache lost some. */
  readonly found: number;
  /** By bucket number. */
  readonly buckets: readonly BucketDigest[];
}

/** A record whose entries in the cache do not fit together. */
export interface DamagedEntry {
  readonly record: string;
  /** Lost: readers do not find it. Unstamped: its stamp is lost. Altered: its body is not what was written. */
  readonly damage: 'lost' | 'unstamped' | 'altered';
}

export interface Examination {
  /** Records whose bodies were compared with what was written. */
  readonly compared: number;
  readonly damaged: readonly DamagedEntry[];
  /** Whether the stored count and digests are those of the stored stamps. */
  readonly digestsHold: boolean;
}

/** One record as a sweep of the source saw it. */
export interface SweptVersion {
  readonly record: string;
  readonly partition: string;
  readonly modified: Instant;
}

/** All that the cache holds about one record in one partition. */
export interface CachedEntry {
  /** Absent when the cache has no trace of the record in this partition. Tombstones are given. */
  readonly stored?: StoredStamp;
  /** Whether readers find a body, and it is the one that was written. */
  readonly body: 'absent' | 'intact' | 'altered';
  readonly locator?: Locator;
}

export interface CachedRecord {
  readonly id: string;
  readonly body: string;
  /** Absent where the cache has lost it. */
  readonly stored?: StoredStamp;
}
