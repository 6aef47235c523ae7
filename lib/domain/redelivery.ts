/**
 * Deliveries of a message before its queue sets it aside. AWS's advice for functions that read from queues: fewer give
 * up while the function is merely throttled.
 */
export const MAX_RECEIVES = 5;

const LONGEST_FACTOR = 4;

/** Whether a message that fails now is set aside: its queue delivers it no further time. */
export function isLastReceive(receives: number): boolean {
  return receives >= MAX_RECEIVES;
}

/**
 * How long a message stays away that failed for a passing reason: `leastMs` to twice that, later twice as long, with
 * jitter. `undefined` leaves it to the queue's own time, which is longer: the last attempt is kept for when a fault of
 * minutes may be over.
 * @param receives deliveries so far, from 1
 * @param fraction in [0, 1)
 */
export function returnAfterMs(receives: number, leastMs: number, fraction: number): number | undefined {
  if (receives >= MAX_RECEIVES - 1) return undefined;
  const most = leastMs * Math.min(LONGEST_FACTOR, 2 ** receives);
  return Math.floor((most * (1 + fraction)) / 2);
}
