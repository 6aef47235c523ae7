import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BudgetState,
  type CallLimits,
  callsLeftToday,
  EMPTY_BUDGET,
  localDate,
  nextReset,
  pauseCalls,
  reserveCall,
} from '../../../lib/domain/budget.ts';
import { instantFromMs, parseIsoInstant, plusMs, toIso } from '../../../lib/domain/instant.ts';
import { PRIORITIES } from '../../../lib/domain/priority.ts';

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

  it('denies the call over the minute, until the next minute', () => {
    const spent = spend(EMPTY_BUDGET, 45);
    const denied = reserveCall(spent, LIMITS, { priority: 'webhook', holder: 'a', now: plusMs(NOON, 59_000) });
    expect(denied).toEqual({ outcome: 'denied', reason: 'minute', retryAt: plusMs(NOON, 60_000) });
    expect(reserveCall(spent, LIMITS, { priority: 'webhook', holder: 'a', now: plusMs(NOON, 60_000) }).outcome).toBe(
      'granted',
    );
  });

  it('never grants more than the minute allows, whoever asks and whenever', () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }), priority: fc.constantFrom(...PRIORITIES) }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(steps, (asked) => {
        const granted = new Map<number, number>();
        let state = EMPTY_BUDGET;
        let now = NOON;
        for (const { waitMs, priority } of asked) {
          now = plusMs(now, waitMs);
          const decision = reserveCall(state, { ...LIMITS, perMinute: 10 }, { priority, holder: 'a', now });
          if (decision.outcome === 'denied') continue;
          state = decision.state;
          const minute = Math.floor(now / 60_000);
          granted.set(minute, (granted.get(minute) ?? 0) + 1);
        }
        expect(Math.max(0, ...granted.values())).toBeLessThanOrEqual(10);
      }),
      { numRuns: 50 },
    );
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

  it('grants nothing while the vendor wants a pause, and keeps the longer of two', () => {
    const later = plusMs(NOON, 90_000);
    const paused = pauseCalls(pauseCalls(EMPTY_BUDGET, later, 'rate-limited'), plusMs(NOON, 10_000), 'rate-limited');
    const denied = reserveCall(paused, LIMITS, { priority: 'webhook', holder: 'a', now: NOON });
    expect(denied).toEqual({ outcome: 'denied', reason: 'paused', retryAt: later });
    expect(reserveCall(paused, LIMITS, { priority: 'webhook', holder: 'a', now: later }).outcome).toBe('granted');
  });
});
