import { breakerPhase } from '../../../lib/domain/breaker.ts';
import type { BudgetState, CallLimits } from '../../../lib/domain/budget.ts';
import { callsInMinute } from '../../../lib/domain/call-rate.ts';
import { callsLeftToday, nextReset, useOfToday } from '../../../lib/domain/day-quota.ts';
import { type Instant, toIso } from '../../../lib/domain/instant.ts';
import type { BudgetView } from '../schemas/status.ts';
import { isoOrNull } from './run-view.ts';

/** What is spent and left now: counts of a minute or a day that has passed are over. */
export function budgetView(state: BudgetState, limits: CallLimits, now: Instant): BudgetView {
  const counted = limits.perDay !== undefined;
  const paused = state.pausedUntil !== undefined && state.pausedUntil > now;
  return {
    perMinute: limits.perMinute,
    perDay: limits.perDay ?? null,
    minuteUsed: callsInMinute(state.recent, now),
    dayUsed: useOfToday(state, limits, now).dayUsed,
    leftToday: counted ? callsLeftToday(state, limits, 'webhook', now) : null,
    scheduledLeftToday: counted ? callsLeftToday(state, limits, 'scheduled', now) : null,
    resetsAt: counted ? toIso(nextReset(limits.resetZone, now)) : null,
    pausedUntil: paused ? isoOrNull(state.pausedUntil) : null,
    pauseReason: paused ? (state.pauseReason ?? 'rate-limited') : null,
    breaker: breakerView(state, now),
  };
}

function breakerView({ breaker }: BudgetState, now: Instant): BudgetView['breaker'] {
  return {
    state: breakerPhase(breaker, now),
    since: isoOrNull(breaker?.since),
    failures: breaker?.failures ?? 0,
    retryAt: isoOrNull(breaker?.retryAt),
  };
}
