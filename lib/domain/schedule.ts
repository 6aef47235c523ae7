import { earlierOf, type Instant, laterOf, msBetween, plusMs } from './instant.ts';
import { nextDue } from './interval.ts';
import type { Recurrence } from './recurrence.ts';
import type { StreamState } from './stream.ts';

/** When a stream is synced without anybody asking, where its interval does not say so. */
export interface Schedule {
  /** When it is asked what changed. Absent: by its interval. */
  readonly changes?: Recurrence;
  /** When all of it is read. Absent: when the stage's schedule says so. */
  readonly full?: Recurrence;
  /** IANA zone that both are in. */
  readonly timeZone: string;
  /** A scheduled run is left out when the last one was within this time before it. */
  readonly skipWithinMs: number;
}

/** What decides when a stream, or a partition that is asked by itself, is due. */
export interface Timing {
  readonly intervalMs: number;
  /** How far behind the source's clock a watermark stays. */
  readonly settleMs: number;
  readonly schedule?: Schedule;
}

/** Clocks differ, and what began just before an instant may stand for it. */
const TOLERANCE_MS = 120_000;

/** When what was last synced at `syncedAt` is due again. */
export function dueAfter(syncedAt: Instant, { intervalMs, schedule }: Timing): Instant {
  const { changes, skipWithinMs = 0 } = schedule ?? {};
  const rested = plusMs(syncedAt, skipWithinMs);
  return changes === undefined ? laterOf(nextDue(syncedAt, intervalMs), rested) : changes.next(rested);
}

/** When a stream is due: when its last cycle chose, or sooner if what it chose by has changed since. */
export function streamDueAt(
  { nextDueAt, lastCycleAt, intervalReason }: StreamState,
  timing: Timing,
): Instant | undefined {
  const isPlanned = intervalReason === 'configured' || intervalReason === 'schedule';
  if (nextDueAt === undefined || lastCycleAt === undefined || !isPlanned) return nextDueAt;
  return earlierOf(nextDueAt, dueAfter(lastCycleAt, timing));
}

/** The last run up to now that was left out because the one before, at `syncedAt`, was so short a time ago. */
export function skippedAfter(syncedAt: Instant, { schedule }: Timing, now: Instant): Instant | undefined {
  const { changes, skipWithinMs = 0 } = schedule ?? {};
  if (changes === undefined) return undefined;
  const until = earlierOf(now, plusMs(syncedAt, skipWithinMs));
  let skipped: Instant | undefined;
  for (let next = changes.next(syncedAt); next <= until; next = changes.next(next)) skipped = next;
  return skipped;
}

/** Up to where a watermark stands for having been asked, by the planner's clock. */
export function coveredBy(watermark: Instant, { settleMs }: Timing): Instant {
  return plusMs(watermark, settleMs + TOLERANCE_MS);
}

/**
 * How long a watermark has been too old. By an interval: its age. By a schedule: the time since the first instant at
 * which it should have moved and has not, so that a night without any is no delay.
 */
export function latenessMs(watermark: Instant, timing: Timing, now: Instant): number {
  const since = timing.schedule?.changes === undefined ? watermark : dueAfter(coveredBy(watermark, timing), timing);
  return Math.max(0, msBetween(now, since));
}
