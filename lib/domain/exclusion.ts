import { DIGEST_DIGITS } from './digest.ts';
import { type Instant, instantFromMs } from './instant.ts';
import { CONTENT_HASH_LENGTH, formatStamp, type Stamp } from './stamp.ts';

/** Later than any source can say that a record changed. */
const BEYOND = instantFromMs(99_999_999_999_999);
const PREFIX = String(BEYOND);

/**
 * The version that the tombstone of an excluded record has: newer than all that a source may show. It also marks in a
 * partition's item that somebody excluded a record, or took it back, at that instant of this machine's clock.
 */
export function exclusionStamp(now: Instant): Stamp {
  const hash = now.toString(16).padStart(CONTENT_HASH_LENGTH, '0');
  const order = Math.floor(now / 1_000);
  return formatStamp({ modified: BEYOND, order, settled: true, hash, identity: '0'.repeat(DIGEST_DIGITS) });
}

export function isExclusion(stamp: Stamp): boolean {
  return stamp.startsWith(PREFIX);
}
