import { type BudgetState, type CallLimits, callsLeftToday, localDate, nextReset } from '../../../lib/domain/budget.ts';
import { type Instant, toIso } from '../../../lib/domain/instant.ts';
import type { BudgetView } from '../schemas/status.ts';
import { isoOrNull } from './run-view.ts';

const MINUTE_MS = 60_000;

/** What is spent and left now: counts of a minute or a day that has passed are over. */
export function budgetView(state: BudgetState, limits: CallLimits, now: Instant): BudgetView {
  const counted = limits.perDay !== undefined;
  const paused = state.pausedUntil !== undefined && state.pausedUntil > now;
  return {
    perMinute: limits.perMinute,
    perDay: limits.perDay ?? null,
    minuteUsed: state.minute === Math.floor(now / MINUTE_MS) ? state.minuteUsed : 0,
    dayUsed: state.day === localDate(limits.resetZone, now) ? state.dayUsed : 0,
    leftToday: counted ? callsLeftToday(state, limits, 'webhook', now) : null,
    scheduledLeftToday: counted ? callsLeftToday(state, limits, 'scheduled', now) : null,
    resetsAt: counted ? toIso(nextReset(limits.resetZone, now)) : null,
    pausedUntil: paused ? isoOrNull(state.pausedUntil) : null,
    pauseReason: paused ? (state.pauseReason ?? 'rate-limited') : null,
  };
}
