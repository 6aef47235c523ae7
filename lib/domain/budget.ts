import {
  afterCall,
  afterGrant,
  type BreakerState,
  type BreakerTurn,
  breakerPhase,
  breakerTurn,
  type CallsEnd,
  heldUntil,
  type Question,
} from './breaker.ts';
import { countCall, freeAt, minuteAllowance, NO_RECENT_CALLS, type RecentCalls } from './call-rate.ts';
import { callsLeftToday, type DayLimits, type DayUse, hasCallToday, nextReset, useOfToday } from './day-quota.ts';
import { type Instant, plusMs } from './instant.ts';
import type { Priority } from './priority.ts';

/** What a vendor allows one account, or less. */
export interface CallLimits extends DayLimits {
  /** In any 60 seconds, wherever they begin. */
  readonly perMinute: number;
  readonly concurrent: number;
  /** How long a call may be under way: a reservation lapses after it. */
  readonly callTimeoutMs: number;
}

/** What one connection has spent; one DynamoDB item, at most 1 KB. */
export interface BudgetState extends DayUse {
  /** Calls ever reserved: the order of reading. Also the item's version: it rises with every change. */
  readonly calls: number;
  /** By this machine's clock. */
  readonly recent: RecentCalls;
  /** Calls that may still be under way: holder → when its reservation lapses. */
  readonly underWay: Readonly<Record<string, Instant>>;
  /** No call before this instant: the vendor asked for a pause. */
  readonly pausedUntil?: Instant;
  readonly pauseReason?: 'rate-limited' | 'quota-spent';
  /** Absent while the source answers. */
  readonly breaker?: BreakerState;
}

export const EMPTY_BUDGET: BudgetState = { calls: 0, recent: NO_RECENT_CALLS, day: '', dayUsed: 0, underWay: {} };

export type DenialReason = 'minute' | 'concurrency' | 'day' | 'paused' | 'quota-spent' | 'breaker';

export interface Denial {
  readonly outcome: 'denied';
  readonly reason: DenialReason;
  readonly retryAt: Instant;
}

export type BudgetDecision =
  | { readonly outcome: 'granted'; readonly state: BudgetState; readonly order: number }
  | Denial;

export interface BudgetRequest {
  readonly priority: Priority;
  /** Who calls: one environment has one call under way at a time. */
  readonly holder: string;
  /** What the call is for. */
  readonly question?: Question;
  readonly now: Instant;
}

/** Whether one more call may go out now, and the budget after it. */
export function reserveCall(state: BudgetState, limits: CallLimits, request: BudgetRequest): BudgetDecision {
  const { now, holder, priority, question } = request;
  const today = useOfToday(state, limits, now);
  const underWay = othersUnderWay(state, request);
  const denial =
    denyForAll(state, now, question) ??
    deny('day', hasCallToday(today, limits, priority) ? undefined : nextReset(limits.resetZone, now)) ??
    deny('minute', freeAt(state.recent, minuteAllowance(limits.perMinute, priority), now)) ??
    deny('concurrency', placeFreeAt(Object.values(underWay), placesFor(limits, priority)));
  if (denial !== undefined) return denial;
  const order = state.calls + 1;
  const until = plusMs(now, limits.callTimeoutMs);
  const granted: BudgetState = {
    calls: order,
    recent: countCall(state.recent, now),
    ...countDayCall(today, priority),
    underWay: { ...underWay, [holder]: until },
  };
  return {
    outcome: 'granted',
    state: withBreaker(granted, afterGrant(state.breaker, { order, until }, now, question)),
    order,
  };
}

function countDayCall({ day, dayUsed, dayHinted = 0 }: DayUse, priority: Priority): DayUse {
  const hinted = dayHinted + (priority === 'webhook' ? 1 : 0);
  return { day, dayUsed: dayUsed + 1, ...(hinted > 0 && { dayHinted: hinted }) };
}

/** What holds back whatever its priority: the vendor's pause, or that the source is down. */
function denyForAll(
  { pausedUntil, pauseReason, breaker }: BudgetState,
  now: Instant,
  question?: Question,
): Denial | undefined {
  const paused = pausedUntil !== undefined && pausedUntil > now ? pausedUntil : undefined;
  return (
    deny(pauseReason === 'quota-spent' ? 'quota-spent' : 'paused', paused) ??
    deny('breaker', heldUntil(breaker, now, question))
  );
}

function deny(reason: DenialReason, retryAt: Instant | undefined): Denial | undefined {
  return retryAt === undefined ? undefined : { outcome: 'denied', reason, retryAt };
}

function othersUnderWay({ underWay }: BudgetState, { holder, now }: BudgetRequest): BudgetState['underWay'] {
  return Object.fromEntries(Object.entries(underWay).filter(([other, until]) => other !== holder && until > now));
}

/** How many calls may be under way for a call of this priority to be the last: one place is kept for the urgent. */
function placesFor({ concurrent }: CallLimits, priority: Priority): number {
  const urgent = priority === 'webhook' || priority === 'force';
  return urgent || concurrent <= 2 ? concurrent : concurrent - 1;
}

/** When fewer calls than places will be under way; `undefined` when that is now. */
function placeFreeAt(lapses: readonly Instant[], places: number): Instant | undefined {
  return lapses.length < places ? undefined : lapses.toSorted((a, b) => a - b)[lapses.length - places];
}

/** How many scheduled tasks that ask the source are worth sending now: one when it is still to be tried. */
export function tasksToPlan(state: BudgetState, limits: CallLimits, now: Instant): number {
  if (denyForAll(state, now) !== undefined || callsLeftToday(state, limits, 'scheduled', now) === 0) return 0;
  return breakerPhase(state.breaker, now) === 'closed' ? Number.POSITIVE_INFINITY : 1;
}

/** The budget after the vendor said "not before `until`". A longer pause that is already known stays. */
export function pauseCalls(state: BudgetState, until: Instant, reason: 'rate-limited' | 'quota-spent'): BudgetState {
  if (state.pausedUntil !== undefined && state.pausedUntil >= until) return state;
  return { ...state, calls: state.calls + 1, pausedUntil: until, pauseReason: reason };
}

/** The budget after calls ended; the same object when that changes nothing. */
export function endCalls(
  state: BudgetState,
  end: CallsEnd,
  now: Instant,
): { readonly state: BudgetState; readonly turn: BreakerTurn } {
  const breaker = afterCall(state.breaker, end, now);
  if (breaker === state.breaker) return { state, turn: { turn: 'none' } };
  const next = withBreaker({ ...state, calls: state.calls + 1 }, breaker);
  return { state: next, turn: breakerTurn(state.breaker, breaker) };
}

function withBreaker(state: BudgetState, breaker: BreakerState | undefined): BudgetState {
  const { breaker: _former, ...others } = state;
  return breaker === undefined ? others : { ...others, breaker };
}
