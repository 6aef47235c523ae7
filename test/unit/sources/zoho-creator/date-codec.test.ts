import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs, toIso } from '../../../../lib/domain/instant.ts';
import { DATE_FORMATS, DateCodec } from '../../../../lib/sources/zoho-creator/date-codec.ts';

const at = (iso: string) => instantFromMs(Date.parse(iso));
const newYork = new DateCodec('dd-MMM-yyyy', 'America/New_York');

const ZONES = ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Asia/Ho_Chi_Minh', 'Asia/Kolkata'];
const codecs = ZONES.flatMap((zone) => DATE_FORMATS.map((format) => new DateCodec(format, zone)));
const second = fc
  .integer({ min: 0, max: at('2040-01-01T00:00:00Z') / 1000 })
  .map((seconds) => instantFromMs(seconds * 1000));
/** Seconds around the hours that New York, London and Lord Howe have twice. */
const repeatedSecond = fc
  .tuple(
    fc.constantFrom('2026-11-01T06:00:00Z', '2026-10-25T01:00:00Z', '2026-04-04T15:00:00Z'),
    fc.integer({ min: -7200, max: 7200 }),
  )
  .map(([turn, offset]) => instantFromMs(at(turn) + offset * 1000));

describe('the date codec', () => {
  it('reads what it writes, in every format and zone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...codecs), fc.oneof(second, repeatedSecond), (codec, instant) => {
        expect(codec.parse(codec.write(instant), instant)).toBe(instant);
      }),
    );
  });

  it('understates no time, and sets none after its reading, so that a later change is always newer', () => {
    const laterMs = fc.integer({ min: 0, max: 4 * 3600 }).map((seconds) => seconds * 1000);
    fc.assert(
      fc.property(fc.constantFrom(...codecs), repeatedSecond, laterMs, laterMs, laterMs, (codec, first, a, b, c) => {
        const readFirst = instantFromMs(first + a);
        const second = instantFromMs(readFirst + b);
        const earlier = codec.parse(codec.write(first), readFirst);
        const later = codec.parse(codec.write(second), instantFromMs(second + c));
        expect(earlier).toBeGreaterThanOrEqual(first);
        expect(earlier).toBeLessThanOrEqual(readFirst);
        expect(later).toBeGreaterThanOrEqual(earlier ?? Number.POSITIVE_INFINITY);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['dd-MMM-yyyy', '01-Nov-2026 00:30:00'],
    ['yyyy-MM-dd', '2026-11-01 00:30:00'],
    ['dd/MM/yyyy', '01/11/2026 00:30:00'],
    ['MM/dd/yyyy', '11/01/2026 00:30:00'],
    ['MMM-dd-yyyy', 'Nov-01-2026 00:30:00'],
    ['dd.MM.yyyy', '01.11.2026 00:30:00'],
  ] as const)('writes %s as the application does', (format, text) => {
    const codec = new DateCodec(format, 'America/New_York');
    expect(codec.write(at('2026-11-01T04:30:00.999Z'))).toBe(text);
    expect(codec.parse(text, at('2026-12-01T00:00:00Z'))).toBe(at('2026-11-01T04:30:00Z'));
  });

  it('takes the later reading of a time that is shown twice, unless it was read before that', () => {
    const text = '01-Nov-2026 01:30:00';
    expect(newYork.parse(text, at('2026-11-01T05:35:00Z'))).toBe(at('2026-11-01T05:30:00Z'));
    expect(newYork.parse(text, at('2026-11-01T06:30:00Z'))).toBe(at('2026-11-01T06:30:00Z'));
  });

  it('reads a time that is skipped as one after the gap', () => {
    const instant = newYork.parse('08-Mar-2026 02:30:00', at('2026-12-01T00:00:00Z'));
    expect(instant && toIso(instant)).toBe('2026-03-08T07:30:00.000Z');
  });

  it('begins a lower bound before an hour that is shown twice', () => {
    expect(newYork.lowerBoundText(at('2026-11-01T06:10:00Z'))).toBe('01-Nov-2026 00:59:59');
    expect(newYork.lowerBoundText(at('2026-11-01T07:10:00Z'))).toBe('01-Nov-2026 02:10:00');
  });

  it.each([
    '31-Feb-2026 10:00:00',
    '29-Feb-2026 10:00:00',
    '01-Nov-2026 24:00:00',
    '01-Nov-2026 10:60:00',
    '01-Nov-2026',
    '1-Nov-2026 10:00:00',
    '01-Nox-2026 10:00:00',
    '2026-11-01 10:00:00',
    '01-Nov-2026 10:00:00\n',
    ' 01-Nov-2026 10:00:00',
    '00-Nov-2026 10:00:00',
    '',
  ])('refuses %j', (text) => {
    expect(newYork.parse(text, at('2026-12-01T00:00:00Z'))).toBeUndefined();
  });

  it('reads the name of a month in any case', () => {
    expect(newYork.parse('01-NOV-2026 10:00:00', at('2026-12-01T00:00:00Z'))).toBe(at('2026-11-01T15:00:00Z'));
  });
});
