import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Instant, instantFromMs } from '../../../lib/domain/instant.ts';
import { ZoneClock } from '../../../lib/domain/zone-clock.ts';

const at = (iso: string): Instant => instantFromMs(Date.parse(iso));
const shown = (wall: number) => new Date(wall).toISOString().slice(0, 19);
const isoOf = (instants: readonly Instant[]) => instants.map((instant) => new Date(instant).toISOString().slice(0, 19));

const ZONES = ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Asia/Ho_Chi_Minh', 'Asia/Kolkata'];
const clocks = ZONES.map((zone) => new ZoneClock(zone));
const clock = fc.constantFrom(...clocks);
const DAY_MS = 86_400_000;

/** Any second of two decades; half of them within a day of a month's turn to summer or winter time. */
const second = fc
  .oneof(
    fc.integer({ min: at('2010-01-01T00:00:00Z') / 1000, max: at('2030-01-01T00:00:00Z') / 1000 }),
    fc
      .tuple(
        fc.constantFrom('2026-11-01T06:00:00Z', '2026-03-08T07:00:00Z', '2026-10-25T01:00:00Z', '2026-04-04T15:00:00Z'),
        fc.integer({ min: -DAY_MS / 1000, max: DAY_MS / 1000 }),
      )
      .map(([turn, offset]) => at(turn) / 1000 + offset),
  )
  .map((seconds) => instantFromMs(seconds * 1000));

describe('a zone clock', () => {
  it('finds every instant again among those that show its wall time', () => {
    fc.assert(
      fc.property(clock, second, (zone, instant) => {
        const readings = zone.instantsAt(zone.wallAt(instant));
        expect(readings).toContain(instant);
        expect(readings.length).toBeLessThanOrEqual(2);
        expect(readings.toSorted((a, b) => a - b)).toEqual(readings);
        for (const reading of readings) expect(zone.wallAt(reading)).toBe(zone.wallAt(instant));
      }),
    );
  });

  it('gives a lower bound that no later instant is shown below, whichever way it is compared', () => {
    const laterMs = fc.oneof(fc.integer({ min: 0, max: 3 * 3_600_000 }), fc.integer({ min: 0, max: 400 * DAY_MS }));
    fc.assert(
      fc.property(clock, second, laterMs, (zone, instant, ms) => {
        const bound = zone.lowerBoundAt(instant);
        expect(zone.wallAt(instantFromMs(instant + ms))).toBeGreaterThanOrEqual(bound);
        for (const reading of zone.instantsAt(bound)) expect(reading).toBeLessThanOrEqual(instant);
      }),
    );
  });

  it('moves a lower bound by no more than the repeated hour', () => {
    fc.assert(
      fc.property(clock, second, (zone, instant) => {
        expect(zone.wallAt(instant) - zone.lowerBoundAt(instant)).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });

  it.each([
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T01:30:00', '2026-11-01T00:59:59'],
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01T01:30:00', '2026-11-01T00:59:59'],
    ['America/New_York', '2026-11-01T07:00:00Z', '2026-11-01T02:00:00', '2026-11-01T02:00:00'],
    ['America/New_York', '2026-11-01T04:59:59Z', '2026-11-01T00:59:59', '2026-11-01T00:59:59'],
    ['Europe/London', '2026-10-25T00:10:00Z', '2026-10-25T01:10:00', '2026-10-25T00:59:59'],
    ['Australia/Lord_Howe', '2026-04-04T15:15:00Z', '2026-04-05T01:45:00', '2026-04-05T01:29:59'],
    ['Asia/Kolkata', '2026-11-01T05:30:00Z', '2026-11-01T11:00:00', '2026-11-01T11:00:00'],
  ])('in %s begins before an hour that is shown twice (%s)', (zone, instant, wall, bound) => {
    const zoneClock = new ZoneClock(zone);
    expect(shown(zoneClock.wallAt(at(instant)))).toBe(wall);
    expect(shown(zoneClock.lowerBoundAt(at(instant)))).toBe(bound);
  });

  it('reads a time twice where clocks are set back, and on where they are set forward', () => {
    const newYork = new ZoneClock('America/New_York');
    expect(isoOf(newYork.instantsAt(at('2026-11-01T01:30:00Z')))).toEqual([
      '2026-11-01T05:30:00',
      '2026-11-01T06:30:00',
    ]);
    expect(isoOf(newYork.instantsAt(at('2026-03-08T02:30:00Z')))).toEqual(['2026-03-08T07:30:00']);
    const lordHowe = new ZoneClock('Australia/Lord_Howe');
    expect(isoOf(lordHowe.instantsAt(at('2026-04-05T01:45:00Z')))).toEqual([
      '2026-04-04T14:45:00',
      '2026-04-04T15:15:00',
    ]);
  });

  it('reads the day that a zone skipped', () => {
    expect(isoOf(new ZoneClock('Pacific/Apia').instantsAt(at('2011-12-31T00:00:00Z')))).toEqual([
      '2011-12-30T10:00:00',
    ]);
  });
});
