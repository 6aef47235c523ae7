import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BudgetState,
  type CallLimits,
  EMPTY_BUDGET,
  pauseCalls,
  reserveCall,
  tasksToPlan,
} from '../../../lib/domain/budget.ts';
import { callsLeftToday, localDate, nextReset } from '../../../lib/domain/day-quota.ts';
import { type Instant, instantFromMs, parseIsoInstant, plusMs, toIso } from '../../../lib/domain/instant.ts';
import { PRIORITIES, type Priority } from '../../../lib/domain/priority.ts';

const NOON = parseIsoInstant('2026-11-21T12:00:00Z') ?? instantFromMs(0);
const LIMITS: CallLimits = {
  perMinute: 45,
  concurrent: 5,
  perDay: 250,
  resetZone: 'America/New_York',
  callTimeoutMs: 30_000,
};

function spend(state: BudgetState, calls: number, now = NOON, limits = LIMITS): BudgetState {
  let current = state;
  for (let call = 0; call < calls; call += 1) {
    const decision = reserveCall(current, limits, { priority: 'webhook', holder: 'a', now });
    if (decision.outcome === 'denied') throw new Error(`denied: ${decision.reason}`);
    current = decision.state;
  }
  return current;
}

describe('a call budget', () => {
  it('numbers calls without gaps', () => {
    expect(spend(EMPTY_BUDGET, 7).calls).toBe(7);
  });

  it('denies the call over the minute, until the first of them is a minute old', () => {
    const spent = spend(spend(EMPTY_BUDGET, 5), 40, plusMs(NOON, 10_000));
    const ask = (afterMs: number) =>
      reserveCall(spent, LIMITS, { priority: 'webhook', holder: 'a', now: plusMs(NOON, afterMs) });
    expect(ask(10_000)).toEqual({ outcome: 'denied', reason: 'minute', retryAt: plusMs(NOON, 62_000) });
    expect(ask(61_999).outcome).toBe('denied');
    expect(ask(62_000).outcome).toBe('granted');
  });

  it('keeps shares of the minute for the more urgent, so that a full never starves a force', () => {
    const grantedTo = (priority: Priority, perMinute = 40) => {
      let state = EMPTY_BUDGET;
      for (let calls = 0; ; calls += 1) {
        const decision = reserveCall(state, { ...LIMITS, perMinute }, { priority, holder: 'a', now: NOON });
        if (decision.outcome === 'denied') return calls;
        state = decision.state;
      }
    };
    expect(PRIORITIES.map((priority) => grantedTo(priority))).toEqual([40, 38, 36, 30, 20]);
    expect(PRIORITIES.map((priority) => grantedTo(priority, 1))).toEqual([1, 1, 1, 1, 1]);
  });

  it('keeps shares of the day for the more urgent', () => {
    const state: BudgetState = { ...EMPTY_BUDGET, day: '2026-11-21', dayUsed: 226 };
    const ask = (priority: (typeof PRIORITIES)[number]) =>
      reserveCall(state, LIMITS, { priority, holder: 'a', now: NOON }).outcome;
    expect(PRIORITIES.map(ask)).toEqual(['granted', 'granted', 'denied', 'denied', 'denied']);
    expect(callsLeftToday(state, LIMITS, 'force', NOON)).toBe(16);
  });

  it("begins a new day at midnight in the vendor's reset zone", () => {
    const spent: BudgetState = { ...EMPTY_BUDGET, day: '2026-11-21', dayUsed: 250 };
    const denied = reserveCall(spent, LIMITS, { priority: 'webhook', holder: 'a', now: NOON });
    expect(denied.outcome === 'denied' && toIso(denied.retryAt)).toBe('2026-11-22T05:00:00.000Z');
    const tomorrow = parseIsoInstant('2026-11-22T05:00:00Z') ?? NOON;
    expect(reserveCall(spent, LIMITS, { priority: 'audit', holder: 'a', now: tomorrow }).outcome).toBe('granted');
  });

  it('finds the next midnight on days of 23 and 25 hours', () => {
    const zones = fc.constantFrom('America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC');
    const moments = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 0, 1) }).map(instantFromMs);
    fc.assert(
      fc.property(zones, moments, (zone, now) => {
        const reset = nextReset(zone, now);
        expect(reset > now).toBe(true);
        expect(localDate(zone, reset)).not.toBe(localDate(zone, now));
        expect(localDate(zone, plusMs(reset, -1))).toBe(localDate(zone, now));
      }),
      { numRuns: 200 },
    );
  });

  it('counts calls under way per holder, and forgets them after their timeout', () => {
    let state = EMPTY_BUDGET;
    for (const holder of ['a', 'b', 'c', 'd', 'e']) {
      const decision = reserveCall(state, LIMITS, { priority: 'force', holder, now: NOON });
      if (decision.outcome === 'granted') state = decision.state;
    }
    const sixth = reserveCall(state, LIMITS, { priority: 'force', holder: 'f', now: NOON });
    expect(sixth).toEqual({ outcome: 'denied', reason: 'concurrency', retryAt: plusMs(NOON, 30_000) });
    expect(reserveCall(state, LIMITS, { priority: 'force', holder: 'a', now: NOON }).outcome).toBe('granted');
    expect(reserveCall(state, LIMITS, { priority: 'force', holder: 'f', now: plusMs(NOON, 30_001) }).outcome).toBe(
      'granted',
    );
  });

  it('keeps one of more than two places for the urgent', () => {
    const asks = (concurrent: number, priority: Priority) => {
      let state = EMPTY_BUDGET;
      const outcomes = ['a', 'b', 'c', 'd'].map((holder, index) => {
        const now = plusMs(NOON, index);
        const decision = reserveCall(state, { ...LIMITS, concurrent }, { priority, holder, now });
        if (decision.outcome === 'granted') state = decision.state;
        return decision.outcome === 'granted' ? 'granted' : decision.retryAt - NOON;
      });
      const urgent = reserveCall(state, { ...LIMITS, concurrent }, { priority: 'force', holder: 'z', now: NOON });
      return [...outcomes, urgent.outcome];
    };
    expect(asks(3, 'scheduled')).toEqual(['granted', 'granted', 30_000, 30_000, 'granted']);
    expect(asks(3, 'force')).toEqual(['granted', 'granted', 'granted', 30_000, 'denied']);
    expect(asks(2, 'audit')).toEqual(['granted', 'granted', 30_000, 30_000, 'denied']);
  });

  it('tells the less urgent when a place of theirs is free, not when the kept one is', () => {
    const limits = { ...LIMITS, concurrent: 3 };
    const underWay = { a: plusMs(NOON, 1_000), b: plusMs(NOON, 2_000), c: plusMs(NOON, 3_000) };
    const denied = reserveCall({ ...EMPTY_BUDGET, underWay }, limits, { priority: 'full', holder: 'z', now: NOON });
    expect(denied).toEqual({ outcome: 'denied', reason: 'concurrency', retryAt: plusMs(NOON, 2_000) });
  });

  it('plans no tasks while no calls are to be made, and one when the source is to be tried', () => {
    const tasks = (state: Partial<BudgetState>) => tasksToPlan({ ...EMPTY_BUDGET, ...state }, LIMITS, NOON);
    const down = (retryAt: Instant) => ({ breaker: { failures: 5, openings: 1, since: NOON, retryAt } });
    expect(tasks({})).toBe(Number.POSITIVE_INFINITY);
    expect(tasks({ pausedUntil: plusMs(NOON, 1) })).toBe(0);
    expect(tasks({ day: '2026-11-21', dayUsed: 225 })).toBe(0);
    expect(tasks(down(plusMs(NOON, 1)))).toBe(0);
    expect(tasks(down(NOON))).toBe(1);
  });

  it('grants nothing while the vendor wants a pause, and keeps the longer of two', () => {
    const later = plusMs(NOON, 90_000);
    const paused = pauseCalls(pauseCalls(EMPTY_BUDGET, later, 'rate-limited'), plusMs(NOON, 10_000), 'rate-limited');
    const denied = reserveCall(paused, LIMITS, { priority: 'webhook', holder: 'a', now: NOON });
    expect(denied).toEqual({ outcome: 'denied', reason: 'paused', retryAt: later });
    expect(reserveCall(paused, LIMITS, { priority: 'webhook', holder: 'a', now: later }).outcome).toBe('granted');
  });
});
