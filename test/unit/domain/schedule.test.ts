import { describe, expect, it } from 'vitest';
import { type Instant, parseIsoInstant, plusMs } from '../../../lib/domain/instant.ts';
import { Recurrence } from '../../../lib/domain/recurrence.ts';
import { dueAfter, latenessMs, skippedAfter, streamDueAt, type Timing } from '../../../lib/domain/schedule.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import { present } from '../../support/present.ts';

const MINUTE_MS = 60_000;
const BY_INTERVAL: Timing = { intervalMs: 5 * MINUTE_MS, settleMs: 30_000 };
const OFFICE = bySchedule('0 8-18/4 * * 1-5');

function bySchedule(changes: string, skipMinutes = 0): Timing {
  const schedule = { changes: new Recurrence(changes, 'UTC'), timeZone: 'UTC', skipWithinMs: skipMinutes * MINUTE_MS };
  return { ...BY_INTERVAL, schedule };
}

function at(text: string): Instant {
  return present(parseIsoInstant(`${text}Z`), text);
}

describe('what was synced', () => {
  it('is due a tenth of its interval early, because planners do not tick to the second', () => {
    expect(dueAfter(at('2026-11-20T08:00'), BY_INTERVAL)).toBe(at('2026-11-20T08:04:30'));
  });

  it('is due at the next instant of its schedule, over a weekend', () => {
    expect(dueAfter(at('2026-11-20T16:00'), OFFICE)).toBe(at('2026-11-23T08:00'));
  });

  it('is not due at an instant that comes too short a time after', () => {
    const timing = bySchedule('0 8-18/4 * * 1-5', 30);
    expect(dueAfter(at('2026-11-20T07:29:59'), timing)).toBe(at('2026-11-20T08:00'));
    expect(dueAfter(at('2026-11-20T07:45'), timing)).toBe(at('2026-11-20T12:00'));
    expect(skippedAfter(at('2026-11-20T07:45'), timing, at('2026-11-20T07:59'))).toBeUndefined();
    expect(skippedAfter(at('2026-11-20T07:45'), timing, at('2026-11-20T09:00'))).toBe(at('2026-11-20T08:00'));
    expect(skippedAfter(at('2026-11-20T07:29'), timing, at('2026-11-20T09:00'))).toBeUndefined();
  });

  it('waits as long without a schedule, if that is longer than its interval', () => {
    const { changes: _, ...schedule } = {
      ...bySchedule('* * * * *', 30).schedule,
      timeZone: 'UTC',
      skipWithinMs: 1_800_000,
    };
    expect(dueAfter(at('2026-11-20T08:00'), { ...BY_INTERVAL, schedule })).toBe(at('2026-11-20T08:30'));
  });
});

describe('a stream', () => {
  const asked = { ...NEW_STREAM, lastCycleAt: at('2026-11-20T08:00'), nextDueAt: at('2026-11-23T08:00') };

  it('is due at once before its first cycle', () => {
    expect(streamDueAt(NEW_STREAM, OFFICE)).toBeUndefined();
  });

  it('goes by a shorter interval, or a schedule that is new, from then on', () => {
    const daily = { ...asked, intervalReason: 'schedule' } as const;
    expect(streamDueAt(daily, OFFICE)).toBe(at('2026-11-20T12:00'));
    expect(streamDueAt(daily, BY_INTERVAL)).toBe(at('2026-11-20T08:04:30'));
    expect(streamDueAt({ ...asked, intervalReason: 'configured' }, BY_INTERVAL)).toBe(at('2026-11-20T08:04:30'));
  });

  it.each(['failing', 'rate-limited', 'quota-spent', 'source-down', 'daily-budget'] as const)(
    'waits as long as it must when it is %s, whatever the schedule says',
    (intervalReason) => {
      expect(streamDueAt({ ...asked, intervalReason }, bySchedule('* * * * *'))).toBe(asked.nextDueAt);
    },
  );
});

describe('lateness', () => {
  it('is the age of the watermark by an interval', () => {
    expect(latenessMs(at('2026-11-20T08:00'), BY_INTERVAL, at('2026-11-20T08:07'))).toBe(7 * MINUTE_MS);
    expect(latenessMs(at('2026-11-20T08:00'), BY_INTERVAL, at('2026-11-20T07:00'))).toBe(0);
  });

  it('is none between two instants of a schedule, however long that is', () => {
    const watermark = plusMs(at('2026-11-20T16:00:20'), -BY_INTERVAL.settleMs);
    expect(latenessMs(watermark, OFFICE, at('2026-11-23T08:00'))).toBe(0);
    expect(latenessMs(watermark, OFFICE, at('2026-11-23T08:07'))).toBe(7 * MINUTE_MS);
  });

  it('is none where clocks differ by up to two minutes', () => {
    expect(latenessMs(at('2026-11-20T15:57:30'), OFFICE, at('2026-11-21T00:00'))).toBe(0);
    expect(latenessMs(at('2026-11-20T15:57:29'), OFFICE, at('2026-11-21T00:00'))).toBe(8 * 60 * MINUTE_MS);
  });

  it('does not count an instant that was left out', () => {
    const watermark = at('2026-11-20T07:45');
    expect(latenessMs(watermark, bySchedule('0 8-18/4 * * 1-5', 30), at('2026-11-20T09:00'))).toBe(0);
    expect(latenessMs(watermark, OFFICE, at('2026-11-20T09:00'))).toBe(60 * MINUTE_MS);
  });
});
