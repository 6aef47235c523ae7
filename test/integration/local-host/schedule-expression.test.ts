import { describe, expect, it } from 'vitest';
import { cronerPattern, parseScheduleExpression } from '../../../infra/local/triggers/schedule-expression.ts';

function runs(expression: string, from: string, { zone = 'UTC', count = 3 } = {}): string[] {
  const parsed = parseScheduleExpression(expression, zone);
  const found: string[] = [];
  for (let at = parsed.next(new Date(from)); at !== undefined && found.length < count; at = parsed.next(at)) {
    found.push(at.toISOString().slice(0, 16));
  }
  return found;
}

describe('a schedule', () => {
  it.each([
    ['cron(0/5 * * * ? *)', '2026-03-01T12:01Z', ['2026-03-01T12:05', '2026-03-01T12:10', '2026-03-01T12:15']],
    ['cron(*/20 8-9 * * ? *)', '2026-03-01T08:30Z', ['2026-03-01T08:40', '2026-03-01T09:00', '2026-03-01T09:20']],
    ['cron(0 6/12 * * ? *)', '2026-03-01T12:01Z', ['2026-03-01T18:00', '2026-03-02T06:00', '2026-03-02T18:00']],
    // 2026-03-01 is a Sunday, which AWS counts as 1.
    ['cron(0 10 ? * 1 *)', '2026-03-01T12:01Z', ['2026-03-08T10:00', '2026-03-15T10:00', '2026-03-22T10:00']],
    ['cron(0 10 ? * 2-4 *)', '2026-03-01T12:01Z', ['2026-03-02T10:00', '2026-03-03T10:00', '2026-03-04T10:00']],
    ['cron(0 10 ? * MON,FRI *)', '2026-03-01T12:01Z', ['2026-03-02T10:00', '2026-03-06T10:00', '2026-03-09T10:00']],
    ['cron(0 10 ? * L *)', '2026-03-01T12:01Z', ['2026-03-07T10:00', '2026-03-14T10:00', '2026-03-21T10:00']],
    ['cron(15 10 ? * 6L *)', '2026-03-01T12:01Z', ['2026-03-27T10:15', '2026-04-24T10:15', '2026-05-29T10:15']],
    ['cron(15 10 ? * 3#2 *)', '2026-03-01T12:01Z', ['2026-03-10T10:15', '2026-04-14T10:15', '2026-05-12T10:15']],
    ['cron(15 10 L * ? *)', '2026-03-01T12:01Z', ['2026-03-31T10:15', '2026-04-30T10:15', '2026-05-31T10:15']],
    ['cron(15 10 15W * ? *)', '2026-03-01T12:01Z', ['2026-03-16T10:15', '2026-04-15T10:15', '2026-05-15T10:15']],
    ['cron(0 0 1 JAN ? 2027-2028)', '2026-03-01T12:01Z', ['2027-01-01T00:00', '2028-01-01T00:00']],
    ['rate(5 minutes)', '2026-03-01T12:01Z', ['2026-03-01T12:06', '2026-03-01T12:11', '2026-03-01T12:16']],
    ['rate(1 day)', '2026-03-01T12:01Z', ['2026-03-02T12:01', '2026-03-03T12:01', '2026-03-04T12:01']],
    ['at(2026-03-02T09:30:00)', '2026-03-01T12:01Z', ['2026-03-02T09:30']],
    ['at(2026-03-02T09:30:00)', '2026-03-03T12:01Z', []],
  ])('%s after %s', (expression, from, expected) => {
    expect(runs(expression, from)).toEqual(expected);
  });

  it('runs by the clock of its time zone', () => {
    const zone = 'Australia/Melbourne';
    expect(runs('cron(0 2 * * ? *)', '2026-11-21T00:00Z', { zone, count: 1 })).toEqual(['2026-11-21T15:00']);
    expect(runs('at(2026-11-22T02:00:00)', '2026-11-21T00:00Z', { zone })).toEqual(['2026-11-21T15:00']);
  });

  it('skips a run that falls into the spring gap', () => {
    const spring = runs('cron(30 1 * * ? *)', '2026-03-28T12:00Z', { zone: 'Europe/London', count: 2 });
    expect(spring).toEqual(['2026-03-30T00:30', '2026-03-31T00:30']);
  });

  it('keeps business hours on both sides of a change of clocks, weekends left out', () => {
    const spring = { zone: 'Europe/London', count: 6 };
    expect(runs('cron(0 8/4 ? * MON-FRI *)', '2026-03-27T07:00Z', spring)).toEqual([
      '2026-03-27T08:00',
      '2026-03-27T12:00',
      '2026-03-27T16:00',
      '2026-03-27T20:00',
      '2026-03-30T07:00',
      '2026-03-30T11:00',
    ]);
  });

  it('runs once in the doubled hour of autumn', () => {
    const autumn = runs('cron(30 1 * * ? *)', '2026-10-24T12:00Z', { zone: 'Europe/London', count: 2 });
    expect(autumn).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']);
  });

  it.each([
    ['every day', 'is no schedule expression'],
    ['rate(0 minutes)', 'cannot be read'],
    ['rate(5 weeks)', 'cannot be read'],
    ['cron(* * * * *)', 'needs six fields'],
    ['cron(0 25 * * ? *)', 'Invalid value for hour'],
    ['at(tomorrow)', 'CronPattern'],
  ])('written "%s" is refused', (expression, reason) => {
    expect(() => runs(expression, '2026-03-01T12:01Z')).toThrow(reason);
  });
});

describe('the fields of AWS', () => {
  it.each([
    ['0/15 * * * ? *', '0 0-59/15 * * * ? *'],
    ['0 1/6 1/10 1/3 ? 2026/2', '0 0 1-23/6 1-31/10 1-12/3 ? 2026-9999/2'],
    ['0 0 ? * 2/2 *', '0 0 0 ? * 1-6/2 *'],
    ['1,5/10 0 ? * SUN,7,1-2#1 *', '0 1,5-59/10 0 ? * SUN,6,0-1#1 *'],
  ])('%s become %s', (fields, expected) => {
    expect(cronerPattern(fields)).toBe(expected);
  });
});
