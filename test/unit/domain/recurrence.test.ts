import { Cron as Croner } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../lib/domain/cron.ts';
import { type Instant, instantFromMs, parseIsoInstant, toIso } from '../../../lib/domain/instant.ts';
import { Recurrence } from '../../../lib/domain/recurrence.ts';
import { present } from '../../support/present.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

function at(text: string): Instant {
  return present(parseIsoInstant(text), text);
}

/** The next so many instants, to the minute. */
function times(expression: string, zone: string, after: string, count: number): readonly string[] {
  const recurrence = new Recurrence(expression, zone);
  const found: string[] = [];
  for (let last = at(after); found.length < count; ) {
    last = recurrence.next(last);
    found.push(toIso(last).slice(0, 16));
  }
  return found;
}

describe('a recurrence', () => {
  it('comes in business hours of its zone', () => {
    expect(times('0 8-18/4 * * 1-5', 'Australia/Sydney', '2026-11-20T05:00:00Z', 4)).toEqual([
      '2026-11-22T21:00',
      '2026-11-23T01:00',
      '2026-11-23T05:00',
      '2026-11-23T21:00',
    ]);
  });

  it('comes after an instant that it falls on, and not at it', () => {
    expect(times('*/5 * * * *', 'UTC', '2026-11-21T08:00:00Z', 1)).toEqual(['2026-11-21T08:05']);
    expect(times('*/5 * * * *', 'UTC', '2026-11-21T07:59:59.999Z', 1)).toEqual(['2026-11-21T08:00']);
  });

  it('comes once, and as much later, where clocks skip its time', () => {
    const days = ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'];
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3)).toEqual(days);
  });

  it('comes once where clocks show its time twice', () => {
    const days = ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'];
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00:00Z', 3)).toEqual(days);
    const hours = ['2026-10-25T00:00', '2026-10-25T03:00', '2026-10-25T05:00'];
    expect(times('0 */2 * * *', 'Europe/Berlin', '2026-10-24T23:00:00Z', 3)).toEqual(hours);
  });

  it('goes on through a change of clocks if it is of every hour', () => {
    for (const start of ['2026-03-29T00:00:00Z', '2026-10-25T00:00:00Z']) {
      const expected = Array.from({ length: 9 }, (_, index) =>
        toIso(instantFromMs(at(start) + (index + 1) * 1_200_000)),
      );
      expect(times('*/20 * * * *', 'Europe/Berlin', start, 9)).toEqual(expected.map((text) => text.slice(0, 16)));
    }
  });

  it('is never the same instant twice, and never goes back, whatever clocks do', () => {
    const expressions = ['*/15 * * * *', '30 0-4 * * *', '0 0 * * *', '45 23,1,2 * * *'];
    for (const zone of [
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'America/Havana',
    ]) {
      for (const expression of expressions) {
        const recurrence = new Recurrence(expression, zone);
        let last = at('2025-12-30T00:00:00Z');
        for (let count = 0; count < 1_500; count += 1) {
          const next = recurrence.next(last);
          expect(next).toBeGreaterThan(last);
          last = next;
        }
      }
    }
  });

  it('is what croner says wherever no clock is changed', () => {
    fc.assert(
      fc.property(
        expression(),
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 730 * 24 * 60 }),
        (text, zone, minute) => {
          const cron = parseCron(text);
          // Every weekday, not written as `*`: croner then takes it for a limit.
          fc.pre(cron !== undefined && (cron.daysOfWeek.length < 7 || text.endsWith('*')));
          const after = instantFromMs(at('2026-01-01T00:00:00Z') + minute * 60_000);
          const expected = new Croner(text, { timezone: zone, paused: true }).nextRun(new Date(after));
          const next = new Recurrence(text, zone).next(after);
          fc.pre(expected !== null && isFarFromChange(zone, expected.getTime()) && isFarFromChange(zone, next));
          expect(toIso(next)).toBe(expected?.toISOString());
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a cron expression', () => {
  it.each(['* * * * *', '*/5 * * * *', '0 8-18/4 * * 1-5', '0 2 * * *', '5,35 0 1 jan SUN', '0 0 29 2 *', '0 0 * * 7'])(
    'is read: %s',
    (text) => {
      expect(parseCron(text)).toBeDefined();
      expect(() => new Croner(text, { paused: true })).not.toThrow();
    },
  );

  it.each([
    ['no text', ''],
    ['four fields', '0 2 * *'],
    ['six fields', '0 0 2 * * *'],
    ['a minute that no hour has', '60 * * * *'],
    ['an hour that no day has', '0 24 * * *'],
    ['a day that no month has', '0 0 31 2 *'],
    ['a range that runs backwards', '0 18-8 * * *'],
    ['a step of nothing', '*/0 * * * *'],
    ['a step without an end', '0/5 * * * *'],
    ['a word', '@daily * * * *'],
    ['an empty part', '0, * * * *'],
    ['what EventBridge writes', '0/5 * * * ? *'],
  ])('is refused with %s', (_, text) => {
    expect(parseCron(text)).toBeUndefined();
  });

  it('falls on a day of the month or of the week where both are limited', () => {
    expect(times('0 0 13 * 5', 'UTC', '2026-11-06T01:00:00Z', 3)).toEqual([
      '2026-11-13T00:00',
      '2026-11-20T00:00',
      '2026-11-27T00:00',
    ]);
    expect(times('0 0 15 * 5', 'UTC', '2026-11-13T01:00:00Z', 2)).toEqual(['2026-11-15T00:00', '2026-11-20T00:00']);
  });
});

const ZONES = ['UTC', 'Europe/London', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Auckland'];

function isFarFromChange(zone: string, ms: number): boolean {
  const offsets = [-DAY_MS, 0, DAY_MS].map((away) => offsetAt(zone, ms + away));
  return new Set(offsets).size === 1;
}

function offsetAt(zone: string, ms: number): number {
  const local = new Date(ms).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T');
  return Math.round((Date.parse(`${local}Z`) - ms) / (HOUR_MS / 4));
}

function expression() {
  const field = (least: number, most: number) => {
    const value = fc.integer({ min: least, max: most });
    const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const part = fc.oneof(
      value.map(String),
      range,
      fc.tuple(range, fc.integer({ min: 1, max: 6 })).map((p) => p.join('/')),
    );
    const list = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
    return fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 2, max: Math.max(2, most) }).map((step) => `*/${step}`),
      list,
    );
  };
  return fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((fields) => fields.join(' '));
}
