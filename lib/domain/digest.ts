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
const HALF = 2 ** 24;

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

/** The bucket of a record: 0 to 63, by the bytes of its id. Stable for ever: stored digests depend on it. */
export function bucketOf(id: string): number {
  let sum = 0;
  for (let index = 0; index < id.length; index += 1) {
    const unit = id.charCodeAt(index);
    if (unit > 0x7f) return bucketOfBytes(Buffer.from(id));
    sum = (sum * 31 + unit) % 65_521;
  }
  return sum % BUCKETS;
}

function bucketOfBytes(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) % 65_521;
  return sum % BUCKETS;
}

/**
 * What a record's id and modified time add to its bucket's versions, as 12 hex digits: part of its stamp. Stable for
 * ever. Two lanes of MurmurHash3 over id and time, mixed with each other, 24 bits of each: it has to tell accidents
 * apart, not forgeries, and takes a third of the time of a cryptographic hash.
 */
export function identityHash(id: string, modified: Instant): string {
  let a = 0x9747b28c | 0;
  let b = 0x5bd1e995 | 0;
  for (let index = 0; index < id.length; index += 2) {
    // A pair of UTF-16 units; past the end there is NaN, which is 0 here, and the length below tells it from U+0000.
    const block = id.charCodeAt(index) | (id.charCodeAt(index + 1) << 16);
    a = mixIn(a, block, 0xcc9e2d51, 0x1b873593);
    b = mixIn(b, block, 0x239b961b, 0xab0e9789);
  }
  const low = modified | 0;
  const high = Math.floor(modified / 2 ** 32) ^ (id.length << 16);
  a = mixIn(mixIn(a, low, 0xcc9e2d51, 0x1b873593), high, 0xcc9e2d51, 0x1b873593);
  b = mixIn(mixIn(b, low, 0x239b961b, 0xab0e9789), high, 0x239b961b, 0xab0e9789);
  a = finish((a + b) | 0);
  b = finish((a + b) | 0);
  return hexHalf(a >>> 8) + hexHalf(b >>> 8);
}

function mixIn(lane: number, block: number, first: number, second: number): number {
  const product = Math.imul(block, first);
  const mixed = lane ^ Math.imul((product << 15) | (product >>> 17), second);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(lane: number): number {
  const once = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
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

/** In two halves: small integers are written many times as fast as what needs a double. */
function hexDigits(sum: number): string {
  return hexHalf(Math.floor(sum / HALF)) + hexHalf(sum % HALF);
}

function hexHalf(half: number): string {
  return half.toString(16).padStart(DIGEST_DIGITS / 2, '0');
}
