import { type Instant, instantFromMs } from './instant.ts';
import type { Priority } from './priority.ts';

/** Calls of the last minute, counted in slots of two seconds. */
export interface RecentCalls {
  /** Number of the newest slot, counted from 1970. */
  readonly slot: number;
  /** Calls in that slot, in the one before it, and so on; what is not listed is none. */
  readonly counts: readonly number[];
}

export const NO_RECENT_CALLS: RecentCalls = { slot: 0, counts: [] };

/** The share of a minute's calls up to which each priority may go, so that a full never keeps a force waiting. */
export const MINUTE_SHARES: Readonly<Record<Priority, number>> = {
  webhook: 1,
  force: 0.95,
  scheduled: 0.9,
  full: 0.75,
  audit: 0.5,
};

const SLOT_MS = 2_000;

/**
 * A minute's slots, and one more: of the oldest slot a part may still lie within the last minute, and it counts whole.
 * So no minute, wherever it begins, sees more than was allowed; a burst waits up to two seconds longer than it had to.
 */
const SLOTS = 60_000 / SLOT_MS + 1;

/** How many calls of any minute a priority may make: at least one. */
export function minuteAllowance(perMinute: number, priority: Priority): number {
  return Math.max(1, Math.floor(perMinute * MINUTE_SHARES[priority]));
}

/** Calls that count for the minute which ends now. */
export function callsInMinute(recent: RecentCalls, now: Instant): number {
  return sum(slotsAt(recent, now).counts);
}

/** When fewer than `allowed` calls will count; `undefined` when that is now. */
export function freeAt(recent: RecentCalls, allowed: number, now: Instant): Instant | undefined {
  const { slot, counts } = slotsAt(recent, now);
  let counted = sum(counts);
  if (counted < allowed) return undefined;
  let oldest = counts.length;
  while (counted >= allowed && oldest > 0) {
    oldest -= 1;
    counted -= counts[oldest] ?? 0;
  }
  return instantFromMs((slot - oldest + SLOTS) * SLOT_MS);
}

/** The calls with one more, made now. */
export function countCall(recent: RecentCalls, now: Instant): RecentCalls {
  const { slot, counts } = slotsAt(recent, now);
  const [newest = 0, ...older] = counts;
  return { slot, counts: [newest + 1, ...older] };
}

/** Calls of which only the minute is known, counted as if made at its end. */
export function callsOfMinute(minute: number, calls: number): RecentCalls {
  return { slot: ((minute + 1) * 60_000) / SLOT_MS - 1, counts: [calls] };
}

/**
 * The slots as of now. A clock that is a little behind the one that counted last counts into the newest slot, so nothing
 * is forgotten; a slot that lies minutes ahead comes from a clock that was wrong, and would block everybody until then.
 */
function slotsAt(recent: RecentCalls, now: Instant): RecentCalls {
  const current = Math.floor(now / SLOT_MS);
  if (recent.slot > current + SLOTS) return { slot: current, counts: [] };
  const passed = Math.max(0, current - recent.slot);
  const empty = Array.from({ length: Math.min(passed, SLOTS) }, () => 0);
  const counts = [...empty, ...recent.counts].slice(0, SLOTS);
  const used = counts.findLastIndex((calls) => calls > 0) + 1;
  return { slot: recent.slot + passed, counts: counts.slice(0, used) };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, calls) => total + calls, 0);
}
