import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallLimits, EMPTY_BUDGET, reserveCall } from '../../../lib/domain/budget.ts';
import { callsInMinute, callsOfMinute, countCall, freeAt, NO_RECENT_CALLS } from '../../../lib/domain/call-rate.ts';
import { type Instant, instantFromMs, plusMs } from '../../../lib/domain/instant.ts';
import { PRIORITIES } from '../../../lib/domain/priority.ts';

const NOON = instantFromMs(Date.UTC(2026, 10, 21, 12));
const LIMITS: CallLimits = { perMinute: 10, concurrent: 5, resetZone: 'UTC', callTimeoutMs: 30_000 };

/** Asks at these distances; what is denied is asked again at the very instant the denial names. */
function grantsOf(waitsMs: readonly number[], priorities: readonly (typeof PRIORITIES)[number][]): readonly Instant[] {
  const grants: Instant[] = [];
  let state = EMPTY_BUDGET;
  let now = NOON;
  for (const [index, waitMs] of waitsMs.entries()) {
    now = plusMs(now, waitMs);
    const priority = priorities[index % priorities.length] ?? 'webhook';
    let decision = reserveCall(state, LIMITS, { priority, holder: 'a', now });
    if (decision.outcome === 'denied' && index % 3 === 0) {
      now = decision.retryAt;
      decision = reserveCall(state, LIMITS, { priority, holder: 'a', now });
    }
    if (decision.outcome === 'denied') continue;
    grants.push(now);
    state = decision.state;
  }
  return grants;
}

/** The most grants in any 60 seconds, both ends included. */
function mostInAMinute(grants: readonly Instant[]): number {
  const counts = grants.map((from) => grants.filter((at) => at >= from && at <= from + 60_000).length);
  return Math.max(0, ...counts);
}

describe("a minute's calls", () => {
  it('are never more than allowed in any 60 seconds, whenever they are made', () => {
    const waits = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 3_000 }),
        fc.integer({ min: 0, max: 40_000 }),
        fc.constantFrom(0, 1_999, 2_000, 59_999, 60_000, 60_001, 62_000),
      ),
      { minLength: 10, maxLength: 120 },
    );
    const priorities = fc.array(fc.constantFrom(...PRIORITIES), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(waits, priorities, (waitsMs, asked) => {
        expect(mostInAMinute(grantsOf(waitsMs, asked))).toBeLessThanOrEqual(LIMITS.perMinute);
      }),
      { numRuns: 300 },
    );
  });

  it('come at nearly the full rate when calls are asked for all the time', () => {
    const grants = grantsOf(
      Array.from({ length: 6_000 }, () => 100),
      ['webhook'],
    );
    // Ten minutes of ten calls: the slots cost a thirtieth.
    expect(grants.filter((at) => at < NOON + 600_000).length).toBeGreaterThanOrEqual(95);
  });

  it('are free again at the instant a denial names, and not a millisecond before', () => {
    const calls = fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 12 }), (offsets, allowed) => {
        const sorted = offsets.toSorted((a, b) => a - b);
        const recent = sorted.reduce((counted, offset) => countCall(counted, plusMs(NOON, offset)), NO_RECENT_CALLS);
        const now = plusMs(NOON, sorted.at(-1) ?? 0);
        const at = freeAt(recent, allowed, now);
        const busy = callsInMinute(recent, now) >= allowed;
        expect(at !== undefined).toBe(busy);
        const free = at ?? now;
        expect(freeAt(recent, allowed, free)).toBeUndefined();
        expect(freeAt(recent, allowed, plusMs(free, busy ? -1 : 0))).toBe(at);
      }),
    );
  });

  it('are forgotten by nobody whose clock is a little behind', () => {
    const ahead = countCall(NO_RECENT_CALLS, plusMs(NOON, 20_000));
    const both = countCall(ahead, NOON);
    expect(callsInMinute(both, plusMs(NOON, 21_000))).toBe(2);
    expect(callsInMinute(both, plusMs(NOON, 82_000))).toBe(0);
  });

  it('block nobody for hours when somebody counted by a clock that was wrong', () => {
    const wrong = countCall(NO_RECENT_CALLS, plusMs(NOON, 86_400_000));
    expect(callsInMinute(wrong, NOON)).toBe(0);
    expect(countCall(wrong, NOON)).toEqual(countCall(NO_RECENT_CALLS, NOON));
  });

  it('of which only the minute is known count until a minute after its end', () => {
    const recent = callsOfMinute(Math.floor(NOON / 60_000), 7);
    expect(callsInMinute(recent, NOON)).toBe(7);
    expect(callsInMinute(recent, plusMs(NOON, 119_999))).toBe(7);
    expect(callsInMinute(recent, plusMs(NOON, 120_000))).toBe(0);
  });

  it('take no more room than a minute has', () => {
    let recent = NO_RECENT_CALLS;
    for (let call = 0; call < 500; call += 1) recent = countCall(recent, plusMs(NOON, call * 700));
    expect(recent.counts.length).toBeLessThanOrEqual(31);
    expect(countCall(recent, plusMs(NOON, 3_600_000)).counts).toEqual([1]);
  });
});
