import { hash } from 'node:crypto';
import type { Instant } from './instant.ts';

/**
 * A partition's records are divided into buckets by their id alone, and each bucket keeps two sums that the script
 * which writes a record keeps up to date: one over what a sweep of the source can compare (id and modified time), one
 * over contents. Sums are commutative, so the order of writing does not matter, and a record's part is taken out again
 * when it is replaced or removed.
 */
export const BUCKETS = 64;

/** 48 bits: twice that still fits a double, which is what Lua calculates with. */
export const DIGEST_DIGITS = 12;
const DIGEST_MODULUS = 2 ** 48;

export interface BucketDigest {
  /** Sum over id and modified time. */
  readonly versions: number;
  /** Sum over contents. */
  readonly contents: number;
}

/** The parts of a record's stamp that go into its bucket. */
export interface DigestParts {
  readonly identity: string;
  readonly hash: string;
}

export const EMPTY_BUCKET: BucketDigest = { versions: 0, contents: 0 };

/** A bucket as it is stored: versions, then contents, as hex digits. */
export function formatBucket({ versions, contents }: BucketDigest): string {
  return hexDigits(versions) + hexDigits(contents);
}

/** Reads what `formatBucket` wrote; an empty bucket when the text is anything else. */
export function parseBucket(text: string | undefined): BucketDigest {
  if (text === undefined || !/^[0-9a-f]{24}$/.test(text)) return EMPTY_BUCKET;
  return {
    versions: Number.parseInt(text.slice(0, DIGEST_DIGITS), 16),
    contents: Number.parseInt(text.slice(DIGEST_DIGITS), 16),
  };
}

/** All buckets of a partition, from the stamps of its records. */
export function digestOf(stamps: Iterable<readonly [id: string, stamp: DigestParts]>): readonly BucketDigest[] {
  const buckets = Array.from({ length: BUCKETS }, () => EMPTY_BUCKET);
  for (const [id, stamp] of stamps) {
    const bucket = bucketOf(id);
    buckets[bucket] = addRecord(buckets[bucket] ?? EMPTY_BUCKET, stamp);
  }
  return buckets;
}

/** The bucket of a record: 0 to 63. Stable for ever: stored digests depend on it. */
export function bucketOf(id: string): number {
  let sum = 0;
  for (const byte of Buffer.from(id)) sum = (sum * 31 + byte) % 65_521;
  return sum % BUCKETS;
}

/** What a record's id and modified time add to its bucket's versions, as 12 hex digits: part of its stamp. */
export function identityHash(id: string, modified: Instant): string {
  return hash('sha256', `${id}\n${modified}`, 'hex').slice(0, DIGEST_DIGITS);
}

/** A bucket with one more version, or, with `sign` −1, one fewer. */
export function addVersion(digest: number, identity: string, sign: 1 | -1 = 1): number {
  return addTo(digest, Number.parseInt(identity.slice(0, DIGEST_DIGITS), 16), sign);
}

/** A bucket with one more record, or, with `sign` −1, one fewer. */
export function addRecord(digest: BucketDigest, stamp: DigestParts, sign: 1 | -1 = 1): BucketDigest {
  return {
    versions: addVersion(digest.versions, stamp.identity, sign),
    contents: addTo(digest.contents, Number.parseInt(stamp.hash.slice(0, DIGEST_DIGITS), 16), sign),
  };
}

function addTo(sum: number, part: number, sign: 1 | -1): number {
  return (sum + sign * part + DIGEST_MODULUS) % DIGEST_MODULUS;
}

function hexDigits(sum: number): string {
  return sum.toString(16).padStart(DIGEST_DIGITS, '0');
}
