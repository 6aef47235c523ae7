import { callsLeftToday, type DayLimits, type DayUse, nextReset } from './day-quota.ts';
import { type Instant, msBetween, plusMs } from './instant.ts';
import type { IntervalReason } from './stream.ts';

export interface EffectiveInterval {
  readonly intervalMs: number;
  readonly reason: IntervalReason;
}

const DAY_MS = 86_400_000;

/**
 * The larger of the configured interval and what the day's remaining calls afford for `streams` streams of one
 * connection, one call each per cycle.
 */
export function effectiveInterval(
  configuredMs: number,
  use: DayUse,
  limits: DayLimits,
  streams: number,
  now: Instant,
): EffectiveInterval {
  const left = callsLeftToday(use, limits, 'scheduled', now);
  if (left === Number.POSITIVE_INFINITY) return { intervalMs: configuredMs, reason: 'configured' };
  const untilReset = msBetween(nextReset(limits.resetZone, now), now);
  const affordable = left === 0 ? untilReset : Math.ceil((untilReset * streams) / left);
  return affordable > configuredMs
    ? { intervalMs: Math.min(affordable, DAY_MS), reason: 'daily-budget' }
    : { intervalMs: configuredMs, reason: 'configured' };
}

/** Schedules are precise to the minute and a cycle takes a while: due a tenth of the interval early. */
export function nextDue(cycleStart: Instant, intervalMs: number): Instant {
  return plusMs(cycleStart, Math.floor(intervalMs * 0.9));
}

export function isDue(nextDueAt: Instant | undefined, now: Instant): boolean {
  return nextDueAt === undefined || nextDueAt <= now;
}
