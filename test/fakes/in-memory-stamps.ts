import { NO_SEGMENT, stampsKey } from '../../lib/domain/cache-layout.ts';
import { addRecord, type BucketDigest, bucketOf, formatBucket, parseBucket } from '../../lib/domain/digest.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import { parseStamp } from '../../lib/domain/stamp.ts';
import { isTombstone, readStoredStamp, type StoredStamp, writeMark } from '../../lib/domain/stored-stamp.ts';
import type { InMemoryKeys } from './in-memory-keys.ts';

/** The stamps of one partition while a page is applied: stamps, count and digests change together. */
export class InMemoryStamps {
  /** Whether anything was written. */
  wrote = false;
  count: number;
  readonly #keys: InMemoryKeys;
  readonly #key: string;
  readonly #digests = new Map<number, BucketDigest>();

  constructor(keys: InMemoryKeys, key: PartitionKey) {
    this.#keys = keys;
    this.#key = stampsKey(key);
    this.count = Number(this.own('count') ?? 0);
  }

  /** Tombstones are given. */
  of(id: string): StoredStamp | undefined {
    const text = this.#keys.hash(this.#key).get(id);
    return text === undefined ? undefined : readStoredStamp(text);
  }

  /** Of a record that is there. */
  live(id: string): string | undefined {
    const stored = this.of(id);
    return stored === undefined || isTombstone(stored) ? undefined : stored.stamp;
  }

  /** Where a record is that is there. */
  segmentOf(id: string): string | undefined {
    const stored = this.of(id);
    return stored === undefined || isTombstone(stored) ? undefined : (stored.segment ?? NO_SEGMENT);
  }

  set(id: string, stored: StoredStamp): void {
    this.#account(id, -1);
    this.#keys.setField(this.#key, id, stored.stamp + writeMark(stored.path, stored.at, stored.segment));
    this.#account(id, 1);
    this.wrote = true;
  }

  /** @returns whether a record's stamp was there; tombstones stay */
  drop(id: string): boolean {
    if (this.live(id) === undefined) return false;
    this.#account(id, -1);
    return this.#keys.dropField(this.#key, id);
  }

  /** @returns whether a tombstone was there */
  lift(id: string): boolean {
    return this.live(id) === undefined && this.#keys.dropField(this.#key, id);
  }

  own(name: string): string | undefined {
    return this.#keys.hash(this.#key).get(`#${name}`);
  }

  setOwn(name: string, value: string): void {
    if (this.own(name) === value) return;
    this.#keys.setField(this.#key, `#${name}`, value);
    this.wrote = true;
  }

  /** Writes the digests that have changed. */
  settle(): void {
    for (const [bucket, digest] of this.#digests) {
      const before = formatBucket(parseBucket(this.own(`b${bucket}`)));
      if (formatBucket(digest) !== before) this.setOwn(`b${bucket}`, formatBucket(digest));
    }
  }

  #account(id: string, sign: 1 | -1): void {
    const stamp = parseStamp(this.live(id) ?? '');
    if (stamp === undefined) return;
    const bucket = bucketOf(id);
    const digest = this.#digests.get(bucket) ?? parseBucket(this.own(`b${bucket}`));
    this.#digests.set(bucket, addRecord(digest, stamp, sign));
    this.count += sign;
  }
}
