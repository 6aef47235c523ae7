import { describe, expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../../../lib/domain/instant.ts';
import { ZoneClock } from '../../../../lib/domain/zone-clock.ts';
import { DayWindow } from '../../../../lib/sources/cliniko/day-window.ts';

const at = (iso: string) => instantFromMs(Date.parse(iso));
const HOUR_MS = 3_600_000;

function windowAt(zone: string, now: string, days = { pastDays: 7, futureDays: 30 }): readonly string[] {
  const { from, until } = new DayWindow({ ...days, clock: new ZoneClock(zone) }).at(at(now));
  return [from, until].map((instant) => new Date(instant).toISOString());
}

describe('the days around today', () => {
  it('are whole days of the organization, however many hours they have', () => {
    // Sydney sets its clocks forward on 4 October and back on 5 April.
    expect(windowAt('Australia/Sydney', '2026-10-01T12:00:00Z')).toEqual([
      '2026-09-23T14:00:00.000Z',
      '2026-10-31T13:00:00.000Z',
    ]);
    expect(windowAt('Australia/Sydney', '2026-04-07T12:00:00Z', { pastDays: 3, futureDays: 0 })).toEqual([
      '2026-04-03T13:00:00.000Z',
      '2026-04-07T14:00:00.000Z',
    ]);
  });

  it.each([
    ['2026-11-21T12:59:59Z', '2026-11-21T13:00:00.000Z'],
    ['2026-11-21T13:00:00Z', '2026-11-22T13:00:00.000Z'],
  ])('change at midnight there: at %s today ends at %s', (now, until) => {
    expect(windowAt('Australia/Sydney', now, { pastDays: 0, futureDays: 0 })[1]).toBe(until);
  });

  it('begin with the first of two midnights, and where midnight is skipped with the turn', () => {
    // Havana sets its clocks back at 01:00, to midnight again; Beirut sets them forward at midnight.
    const today = { pastDays: 0, futureDays: 0 };
    expect(windowAt('America/Havana', '2026-11-01T12:00:00Z', today)[0]).toBe('2026-11-01T04:00:00.000Z');
    expect(windowAt('Asia/Beirut', '2026-03-29T12:00:00Z', today)[0]).toBe('2026-03-28T22:00:00.000Z');
  });

  it.each(['Australia/Sydney', 'America/Havana', 'Asia/Beirut', 'Asia/Kolkata'])(
    'never go back, and leave no gap, in %s',
    (zone) => {
      const window = new DayWindow({ pastDays: 1, futureDays: 1, clock: new ZoneClock(zone) });
      let before = window.at(at('2026-01-01T00:00:00Z'));
      for (let hour = 1; hour < 366 * 24; hour += 1) {
        const now = window.at(plusMs(at('2026-01-01T00:00:00Z'), hour * HOUR_MS));
        expect(now.from).toBeGreaterThanOrEqual(before.from);
        expect(now.until).toBeGreaterThanOrEqual(before.until);
        expect(now.until - before.until).toBeLessThanOrEqual(25 * HOUR_MS);
        before = now;
      }
    },
  );
});
