import { describe, expect, it } from 'vitest';
import { type Instant, instantFromMs } from '../../../../lib/domain/instant.ts';
import { ZoneClock } from '../../../../lib/domain/zone-clock.ts';
import {
  type DayWindow,
  firstPosition,
  readPosition,
  type WindowRules,
  wholeWindow,
  windowAt,
  windowCount,
  writePosition,
} from '../../../../lib/sources/rental/windows.ts';

const at = (text: string) => instantFromMs(Date.parse(text));
const now = at('2026-11-21T10:00:00Z');

const rules: WindowRules = {
  windowDays: 7,
  futureDays: 30,
  historyFrom: '2026-08-15',
  daysPerCall: 31,
  clock: new ZoneClock('Asia/Kolkata'),
};

function windowsOf(since: Instant | undefined, asked: Instant, rule = rules): readonly DayWindow[] {
  const found: DayWindow[] = [];
  let token: string | undefined = writePosition(firstPosition(since, asked, rule));
  while (token !== undefined) {
    const { window, next } = windowAt(readPosition(token), rule);
    found.push(window);
    token = next && writePosition(next);
  }
  return found;
}

describe('a delta', () => {
  it('reaches seven days back and into the days to come, in one window', () => {
    expect(windowsOf(at('2026-11-21T09:50:00Z'), now)).toEqual([{ from: '2026-11-14', to: '2026-12-21' }]);
  });

  it('goes by the days of the zone, not of UTC', () => {
    const evening = at('2026-11-21T18:29:59Z');
    expect(windowsOf(evening, evening)).toEqual([{ from: '2026-11-14', to: '2026-12-21' }]);
    const midnight = at('2026-11-21T18:30:00Z');
    expect(windowsOf(midnight, midnight)).toEqual([{ from: '2026-11-15', to: '2026-12-22' }]);
  });

  it('loses no day when clocks change', () => {
    const rule = { ...rules, historyFrom: '2020-01-01', futureDays: 1, clock: new ZoneClock('Europe/London') };
    const autumn = at('2026-10-25T00:30:00Z');
    expect(windowsOf(autumn, autumn, rule)).toEqual([{ from: '2026-10-18', to: '2026-10-26' }]);
    const spring = at('2026-03-29T00:59:59Z');
    expect(windowsOf(spring, spring, rule)).toEqual([{ from: '2026-03-22', to: '2026-03-30' }]);
  });

  it('after an outage reaches back from when the last one was read', () => {
    expect(windowsOf(at('2026-11-01T10:00:00Z'), now)).toEqual([
      { from: '2026-10-25', to: '2026-11-13' },
      { from: '2026-11-14', to: '2026-12-21' },
    ]);
    expect(windowsOf(at('2026-10-01T10:00:00Z'), now)).toEqual([
      { from: '2026-09-24', to: '2026-10-24' },
      { from: '2026-10-25', to: '2026-11-13' },
      { from: '2026-11-14', to: '2026-12-21' },
    ]);
  });

  it('around midnight is one window all the same', () => {
    const [before, after] = [at('2026-11-21T18:25:00Z'), at('2026-11-21T18:35:00Z')];
    expect(windowsOf(before, after)).toEqual([{ from: '2026-11-14', to: '2026-12-22' }]);
  });

  it('reaches as far back as ever when its watermark lies in the future', () => {
    const [window] = windowsOf(at('2027-11-21T10:00:00Z'), now);
    expect(window).toMatchObject({ from: '2026-11-14' });
  });

  it('does not reach behind the first day there is', () => {
    expect(windowsOf(at('2020-01-01T00:00:00Z'), now)[0]).toMatchObject({ from: '2026-08-15' });
  });
});

describe('a read of everything', () => {
  it('goes month by month, without a gap or a day twice, up to what every delta reads', () => {
    expect(windowsOf(undefined, now)).toEqual([
      { from: '2026-08-15', to: '2026-09-14' },
      { from: '2026-09-15', to: '2026-10-15' },
      { from: '2026-10-16', to: '2026-11-13' },
      { from: '2026-11-14', to: '2026-12-21' },
    ]);
    expect(windowCount(now, rules)).toBe(4);
    expect(wholeWindow(now, rules)).toEqual({ from: '2026-08-15', to: '2026-12-21' });
  });

  it('ends where it began to, however long it takes', () => {
    const position = readPosition(writePosition(firstPosition(undefined, now, rules)));
    expect(position.today).toBe('2026-11-21');
  });

  it('of a history that has yet to begin is one window', () => {
    expect(windowsOf(undefined, now, { ...rules, historyFrom: '2027-06-01' })).toEqual([
      { from: '2026-11-21', to: '2026-12-21' },
    ]);
  });

  it('refuses a page token that is none of its own', () => {
    expect(() => readPosition('2026-02-30/2026-11-21')).toThrow('page token');
    expect(() => readPosition('7')).toThrow('page token');
  });
});
