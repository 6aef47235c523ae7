import { type Instant, instantFromMs, plusMs } from './instant.ts';
import type { Priority } from './priority.ts';

/** What a vendor allows one account, or less. */
export interface CallLimits {
  readonly perMinute: number;
  readonly concurrent: number;
  /** Absent where the vendor counts no days. */
  readonly perDay?: number;
  /** IANA zone in whose midnight the vendor's day begins. */
  readonly resetZone: string;
  /** How long a call may be under way: a reservation lapses after it. */
  readonly callTimeoutMs: number;
}

/** What one connection has spent; one DynamoDB item, at most 1 KB. */
export interface BudgetState {
  /** Calls ever reserved: the order of reading. Also the item's version: it rises with every change. */
  readonly calls: number;
  /** Number of the minute (of this machine's clock) that `minuteUsed` counts. */
  readonly minute: number;
  readonly minuteUsed: number;
  /** Local date in the reset zone that `dayUsed` counts, `2026-11-21`. */
  readonly day: string;
  readonly dayUsed: number;
  /** Calls that may still be under way: holder → when its reservation lapses. */
  readonly underWay: Readonly<Record<string, Instant>>;
  /** No call before this instant: the vendor asked for a pause. */
  readonly pausedUntil?: Instant;
  readonly pauseReason?: 'rate-limited' | 'quota-spent';
}

export const EMPTY_BUDGET: BudgetState = { calls: 0, minute: 0, minuteUsed: 0, day: '', dayUsed: 0, underWay: {} };

export type DenialReason = 'minute' | 'concurrency' | 'day' | 'paused' | 'quota-spent';

export type BudgetDecision =
  | { readonly outcome: 'granted'; readonly state: BudgetState; readonly order: number }
  | { readonly outcome: 'denied'; readonly reason: DenialReason; readonly retryAt: Instant };

/** The share of a day up to which each priority may spend: what is above is reserved for the more urgent ones. */
export const DAY_SHARES: Readonly<Record<Priority, number>> = {
  webhook: 1,
  force: 0.97,
  scheduled: 0.9,
  full: 0.75,
  audit: 0.6,
};

const MINUTE_MS = 60_000;

export interface BudgetRequest {
  readonly priority: Priority;
  /** Who calls: one environment has one call under way at a time. */
  readonly holder: string;
  readonly now: Instant;
}

/** Whether one more call may go out now, and the budget after it. */
export function reserveCall(state: BudgetState, limits: CallLimits, request: BudgetRequest): BudgetDecision {
  const { now } = request;
  const current = rollOver(state, limits, now);
  if (current.pausedUntil !== undefined && current.pausedUntil > now) {
    const reason = current.pauseReason === 'quota-spent' ? 'quota-spent' : 'paused';
    return { outcome: 'denied', reason, retryAt: current.pausedUntil };
  }
  if (current.dayUsed >= dayAllowance(limits, request.priority)) {
    return { outcome: 'denied', reason: 'day', retryAt: nextReset(limits.resetZone, now) };
  }
  if (current.minuteUsed >= limits.perMinute) {
    return { outcome: 'denied', reason: 'minute', retryAt: instantFromMs((current.minute + 1) * MINUTE_MS) };
  }
  const others = Object.entries(current.underWay).filter(([holder, until]) => holder !== request.holder && until > now);
  if (others.length >= limits.concurrent) {
    return {
      outcome: 'denied',
      reason: 'concurrency',
      retryAt: instantFromMs(Math.min(...others.map(([, until]) => until))),
    };
  }
  const granted: BudgetState = {
    calls: current.calls + 1,
    minute: current.minute,
    minuteUsed: current.minuteUsed + 1,
    day: current.day,
    dayUsed: current.dayUsed + 1,
    underWay: { ...Object.fromEntries(others), [request.holder]: plusMs(now, limits.callTimeoutMs) },
  };
  return { outcome: 'granted', state: granted, order: granted.calls };
}

/** The budget after the vendor said "not before `until`". A longer pause that is already known stays. */
export function pauseCalls(state: BudgetState, until: Instant, reason: 'rate-limited' | 'quota-spent'): BudgetState {
  if (state.pausedUntil !== undefined && state.pausedUntil >= until) return state;
  return { ...state, calls: state.calls + 1, pausedUntil: until, pauseReason: reason };
}

/** How many calls of a day a priority may spend. */
export function dayAllowance(limits: CallLimits, priority: Priority): number {
  return limits.perDay === undefined ? Number.POSITIVE_INFINITY : Math.floor(limits.perDay * DAY_SHARES[priority]);
}

/** Calls a priority can still make today; infinite where the vendor counts no days. */
export function callsLeftToday(state: BudgetState, limits: CallLimits, priority: Priority, now: Instant): number {
  return Math.max(0, dayAllowance(limits, priority) - rollOver(state, limits, now).dayUsed);
}

function rollOver(state: BudgetState, limits: CallLimits, now: Instant): BudgetState {
  const minute = Math.floor(now / MINUTE_MS);
  const day = localDate(limits.resetZone, now);
  return {
    ...state,
    minute,
    minuteUsed: state.minute === minute ? state.minuteUsed : 0,
    day,
    dayUsed: state.day === day ? state.dayUsed : 0,
  };
}

/** The calendar date of an instant in a zone, `2026-11-21`. */
export function localDate(zone: string, instant: Instant): string {
  return dateFormat(zone).format(instant);
}

/** The first instant of the next calendar day in a zone, to the minute: when the vendor's day begins again. */
export function nextReset(zone: string, now: Instant): Instant {
  const today = localDate(zone, now);
  // A day has 23 to 25 hours where clocks change; bisect to the minute at which the date turns.
  let before = Math.floor(now / MINUTE_MS);
  let after = before + 26 * 60;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDate(zone, instantFromMs(middle * MINUTE_MS)) === today) before = middle;
    else after = middle;
  }
  return instantFromMs(after * MINUTE_MS);
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(zone: string): Intl.DateTimeFormat {
  const known = dateFormats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  dateFormats.set(zone, made);
  return made;
}
