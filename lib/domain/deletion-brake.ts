const ALWAYS_ALLOWED = 20;
const ALLOWED_FRACTION = 0.05;
const SMALL_PARTITION = 3;

/**
 * Whether a deletion plan waits for a person: it removes more than max(20, 5 %) of a partition, or empties it, or
 * removes over half of it (above 3 records). A source that answers empty because of a permission must not empty the
 * cache.
 */
export function isHeld(removals: number, cached: number): boolean {
  if (removals === 0) return false;
  if (removals > Math.max(ALWAYS_ALLOWED, cached * ALLOWED_FRACTION)) return true;
  if (removals >= cached) return true;
  return cached > SMALL_PARTITION && removals > cached / 2;
}
