import { describe, expect, it } from 'vitest';
import { EMPTY_BUDGET } from '../../../lib/domain/budget.ts';
import { instantFromMs, plusMs } from '../../../lib/domain/instant.ts';
import { percentOf, remainingMs } from '../../../lib/domain/progress.ts';

const NOW = instantFromMs(Date.parse('2026-11-21T18:00:00Z'));
const LIMITS = { perMinute: 40, concurrent: 5, resetZone: 'UTC', callTimeoutMs: 30_000 };
const HOUR_MS = 3_600_000;

function remaining(processed: number, total: number, { pages = 10, forMs = 0, perDay = 0, dayUsed = 0 } = {}): number {
  const pace = { progress: { processed, total }, ledger: { pages }, startedAt: plusMs(NOW, -forMs) };
  const budget = { ...EMPTY_BUDGET, day: '2026-11-21', dayUsed };
  return remainingMs(pace, budget, { ...LIMITS, ...(perDay > 0 ? { perDay } : {}) }, 'full', NOW);
}

describe('the progress of a read of everything', () => {
  it('is told in whole percents, and as all of it only when nothing is left', () => {
    expect(percentOf({ processed: 0, total: 314_200 })).toBe(0);
    expect(percentOf({ processed: 314_199, total: 314_200 })).toBe(99);
    expect(percentOf({ processed: 314_200, total: 314_200 })).toBe(100);
    expect(percentOf({ processed: 0, total: 0 })).toBe(100);
    expect(percentOf({ processed: 12, total: 10 })).toBe(100);
  });

  it('takes as many calls more as its pages lead to expect, as fast as the minute allows', () => {
    // 3,132 calls at 75 % of 40 a minute.
    expect(remaining(1_000, 314_200)).toBe((3_132 / 30) * 60_000);
  });

  it('goes no faster than it has gone so far', () => {
    expect(remaining(1_000, 2_000, { forMs: HOUR_MS })).toBe(HOUR_MS);
  });

  it('waits for the vendor’s day to begin again, as often as its calls need', () => {
    // 75 % of 1,000 calls a day; 700 are spent, 50 are left, six hours are left of the day.
    const ms = remaining(1_000, 101_000, { perDay: 1_000, dayUsed: 700 });
    expect(ms).toBe(6 * HOUR_MS + 24 * HOUR_MS + (200 / 30) * 60_000);
    expect(remaining(1_000, 6_000, { perDay: 1_000, dayUsed: 700 })).toBe((50 / 30) * 60_000);
  });

  it('takes no time when nothing is left, or more was read than the source said there was', () => {
    expect(remaining(10, 10)).toBe(0);
    expect(remaining(12, 10)).toBe(0);
    expect(remaining(0, 0)).toBe(0);
  });
});
