import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs, parseIsoInstant, toIso } from '../../../lib/domain/instant.ts';
import { formatLocal, parseLocal } from '../../simulators/zoho-creator/local-time.ts';

const NEW_YORK = { timeZone: 'America/New_York', dateFormat: 'dd-MMM-yyyy' };

describe('local time of an app', () => {
  it('is written without an offset in the zone of the app', () => {
    const instant = parseIsoInstant('2025-09-21T00:00:00Z');
    const format = { timeZone: 'Asia/Ho_Chi_Minh', dateFormat: 'dd-MMM-yyyy' };
    expect(instant && formatLocal(instant, format)).toBe('21-Sep-2025 07:00:00');
  });

  it('reads a time that occurs twice as its first occurrence', () => {
    const read = parseLocal('01-Nov-2026 01:30:00', NEW_YORK);
    expect(read && toIso(read)).toBe('2026-11-01T05:30:00.000Z');
  });

  it('reads a time that is skipped as an hour later', () => {
    const read = parseLocal('08-Mar-2026 02:30:00', NEW_YORK);
    expect(read && toIso(read)).toBe('2026-03-08T07:30:00.000Z');
  });

  it('is read back as the instant it was written from, except in the hour that occurs twice', () => {
    const zones = ['Asia/Ho_Chi_Minh', 'Asia/Kathmandu', 'America/New_York', 'Australia/Lord_Howe', 'UTC'];
    const formats = ['dd-MMM-yyyy', 'yyyy-MM-dd', 'MM/dd/yyyy'];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.constantFrom(...zones),
        fc.constantFrom(...formats),
        (seconds, timeZone, dateFormat) => {
          const instant = instantFromMs(seconds * 1000);
          const format = { timeZone, dateFormat };
          const text = formatLocal(instant, format);
          const read = parseLocal(text, format);
          if (read === undefined) throw new Error(`not read: ${text}`);
          expect(formatLocal(read, format)).toBe(text);
          expect([0, 1_800_000, 3_600_000]).toContain(instant - read);
        },
      ),
      { numRuns: 300 },
    );
  });
});
