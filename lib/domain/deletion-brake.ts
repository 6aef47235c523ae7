import type { BrakeRule } from './deletion-plan.ts';

const ALWAYS_ALLOWED = 20;
const ALLOWED_FRACTION = 0.05;
const SMALL_PARTITION = 3;

/**
 * The rule by which a deletion waits for a person: it removes more than max(20, 5 %) of a partition, or empties it, or
 * removes over half of it (above 3 records). A source that answers empty because of a permission must not empty the
 * cache. `undefined` when it may go ahead.
 */
export function brakeRule(removals: number, cached: number): BrakeRule | undefined {
  if (removals === 0) return undefined;
  if (removals > Math.max(ALWAYS_ALLOWED, cached * ALLOWED_FRACTION)) return 'share-of-partition';
  if (removals >= cached) return 'empties-partition';
  return cached > SMALL_PARTITION && removals > cached / 2 ? 'half-of-partition' : undefined;
}

/** How many records of a connection's `records` may be removed within 24 hours: hundreds of small deletions add up. */
export function allowedPerDay(records: number): number {
  return Math.max(ALWAYS_ALLOWED, Math.floor(records * ALLOWED_FRACTION));
}

/**
 * Whether what a source says has left at once is so much that people are told: more than 20 records, and more than 5 %
 * of the partition's or more than were shown along with it.
 */
export function isMassRemoval(removed: number, shown: number, cached: number): boolean {
  return removed > ALWAYS_ALLOWED && (removed > cached * ALLOWED_FRACTION || removed > shown);
}
