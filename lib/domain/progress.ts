import type { BudgetState, CallLimits } from './budget.ts';
import { minuteAllowance } from './call-rate.ts';
import { callsLeftToday, dayAllowance, nextReset } from './day-quota.ts';
import { type Instant, msBetween } from './instant.ts';
import type { Ledger } from './ledger.ts';
import type { Priority } from './priority.ts';

/** How far a read of everything has come, where the source says how much there is. */
export interface Progress {
  /** Records that were read: written or not, rejected, or gone as the source says. */
  readonly processed: number;
  /** As the source said with the last page that did; it may change while it is read. */
  readonly total: number;
}

export interface Pace {
  readonly progress: Progress;
  readonly ledger: Pick<Ledger, 'pages'>;
  /** Source clock of its first page. */
  readonly startedAt: Instant;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** To the whole, and 100 only when nothing is left. */
export function percentOf({ processed, total }: Progress): number {
  return processed >= total ? 100 : Math.floor((100 * processed) / total);
}

/**
 * How long the rest takes, roughly: as many calls as the pages so far lead to expect, at the pace so far, and no faster
 * than the budget lets calls of this priority pass, by the minute and by the day.
 */
export function remainingMs(
  pace: Pace,
  budget: BudgetState,
  limits: CallLimits,
  priority: Priority,
  now: Instant,
): number {
  const { progress, ledger, startedAt } = pace;
  const left = Math.max(0, progress.total - progress.processed);
  if (left === 0 || progress.processed === 0) return 0;
  const calls = Math.ceil((left * ledger.pages) / progress.processed);
  const soFar = (Math.max(0, msBetween(now, startedAt)) * calls) / ledger.pages;
  return Math.round(Math.max(soFar, msForCalls(calls, budget, limits, priority, now)));
}

/** The least time in which the budget lets so many calls pass, if nobody else makes any. */
function msForCalls(calls: number, budget: BudgetState, limits: CallLimits, priority: Priority, now: Instant): number {
  const perMinute = minuteAllowance(limits.perMinute, priority);
  const today = callsLeftToday(budget, limits, priority, now);
  if (calls <= today) return (calls / perMinute) * MINUTE_MS;
  const perDay = Math.max(1, dayAllowance(limits, priority));
  const later = calls - today;
  const days = Math.ceil(later / perDay) - 1;
  const untilReset = msBetween(nextReset(limits.resetZone, now), now);
  return untilReset + days * DAY_MS + ((later - days * perDay) / perMinute) * MINUTE_MS;
}
