import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../../lib/domain/instant.ts';
import { ZoneClock } from '../../../../lib/domain/zone-clock.ts';
import { type LooseDateRules, looseDate } from '../../../../lib/sources/kit/loose-date.ts';
import { daysBetween, isPlainDate, plainDateAt, plusDays } from '../../../../lib/sources/kit/plain-date.ts';

const clock = new ZoneClock('Asia/Kolkata');
const dayFirst: LooseDateRules = { order: 'day-first', clock };
const monthFirst: LooseDateRules = { order: 'month-first', clock };
const unsaid: LooseDateRules = { clock };
const fifth = { outcome: 'date', date: '2026-11-05' };

describe('a date as people write it', () => {
  it.each([
    '2026-11-05',
    '2026/11/5',
    '2026.11.05',
    '20261105',
    '2026-11-05T00:00:00',
    '2026-11-05 23:59:59.9999999',
    '5-Nov-2026',
    '05 November 2026',
    'Thu, 5 Nov 2026',
    'Nov 5, 2026',
    '5th Nov. 2026 11:30 pm',
    ' ２０２６-11-05 ',
  ])('is read from %j in any order', (text) => {
    for (const rules of [dayFirst, monthFirst, unsaid]) expect(looseDate(text, rules)).toEqual(fifth);
  });

  it.each(['05/11/2026', '5-11-2026', '05.11.26', '5-Nov-26', '05/11/2026 10:15 AM'])(
    'is read from %j with the day first',
    (text) => {
      expect(looseDate(text, dayFirst)).toEqual(fifth);
    },
  );

  it('is read with the month first where that is the rule', () => {
    expect(looseDate('11/05/2026', monthFirst)).toEqual(fifth);
  });

  it('is read without a rule when only one order makes a day, or both make the same', () => {
    expect(looseDate('21/11/2026', unsaid)).toEqual({ outcome: 'date', date: '2026-11-21' });
    expect(looseDate('11/21/2026', unsaid)).toEqual({ outcome: 'date', date: '2026-11-21' });
    expect(looseDate('11/11/2026', unsaid)).toEqual({ outcome: 'date', date: '2026-11-11' });
  });

  it.each(['05/11/2026', '21/11/26', '21-Nov-26'])('is refused as ambiguous without a rule: %j', (text) => {
    expect(looseDate(text, unsaid)).toEqual({ outcome: 'refused', reason: 'ambiguous' });
  });

  it('is refused when it can only be read in the other order than the rule', () => {
    expect(looseDate('11/21/2026', dayFirst)).toEqual({ outcome: 'refused', reason: 'other-order' });
    expect(looseDate('21/11/2026', monthFirst)).toEqual({ outcome: 'refused', reason: 'other-order' });
  });

  it.each(['31/02/2026', '2026-13-01', '2026-02-29', '00/00/2026', '2026-11-05T25:00:00', '5 Nov 2026 13:00 pm'])(
    'is refused when there is no such day or time: %j',
    (text) => {
      expect(looseDate(text, dayFirst)).toEqual({ outcome: 'refused', reason: 'impossible' });
    },
  );

  it.each(['soon', '45987', '5 Brumaire 2026', '2026-11', '05-11/2026', 'tomorrow 10:00', '1/2/3/2026'])(
    'is refused when it is in no known spelling: %j',
    (text) => {
      expect(looseDate(text, dayFirst)).toEqual({ outcome: 'refused', reason: 'unreadable' });
    },
  );

  it.each(['', '  ', '0001-01-01T00:00:00', '0000-00-00'])('is absent in %j', (text) => {
    expect(looseDate(text, dayFirst)).toEqual({ outcome: 'absent' });
  });

  it.each([
    ['2026-11-04T18:30:00Z', '2026-11-05'],
    ['2026-11-04T18:29:59Z', '2026-11-04'],
    ['2026-11-05T00:15:00+05:30', '2026-11-05'],
    ['2026-11-05T23:00:00 -0800', '2026-11-06'],
    [`/Date(${Date.parse('2026-11-04T18:30:00Z')})/`, '2026-11-05'],
  ])('with an offset is the day that it is in the zone: %s', (text, date) => {
    expect(looseDate(text, dayFirst)).toEqual({ outcome: 'date', date });
  });
});

describe('a day', () => {
  it('is the one that its zone has at an instant', () => {
    const instant = instantFromMs(Date.parse('2026-11-04T18:30:00Z'));
    expect(plainDateAt(instant, clock)).toBe('2026-11-05');
    expect(plainDateAt(instant, new ZoneClock('America/New_York'))).toBe('2026-11-04');
  });

  it('is counted over changes of the clock and of the month', () => {
    expect(plusDays('2026-03-28', 2)).toBe('2026-03-30');
    expect(plusDays('2026-01-01', -1)).toBe('2025-12-31');
    expect(daysBetween('2026-02-27', '2026-03-01')).toBe(2);
  });

  it('exists or is none', () => {
    expect(isPlainDate('2024-02-29')).toBe(true);
    expect(isPlainDate('2026-02-29')).toBe(false);
    expect(isPlainDate('2026-2-1')).toBe(false);
    expect(() => plusDays('2026-02-30', 1)).toThrow(RangeError);
  });
});
