import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { compareStamps, formatStamp, parseStamp, STAMP_LENGTH, type StampParts } from '../../../lib/domain/stamp.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f'), minLength: length, maxLength: length });
const parts: fc.Arbitrary<StampParts> = fc.record({
  modified: fc.integer({ min: 0, max: 99_999_999_999_999 }).map(instantFromMs),
  order: fc.integer({ min: 0, max: 999_999_999_999 }),
  hash: hex(16),
  identity: hex(12),
});

describe('a stamp', () => {
  it('survives formatting and parsing', () => {
    fc.assert(
      fc.property(parts, (stamp) => {
        expect(parseStamp(formatStamp(stamp))).toEqual(stamp);
      }),
    );
  });

  it('compares as a string as it compares as a version, unless content is equal at equal times', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const comparison = compareStamps(a, b);
        if (comparison === 'same' || (a.modified === b.modified && a.order === b.order)) return;
        expect(formatStamp(a) > formatStamp(b)).toBe(comparison === 'newer');
      }),
    );
  });

  it('takes the later read for newer when two contents share a second', () => {
    const first = { modified: instantFromMs(1_000), order: 7, hash: 'a'.repeat(16), identity: 'c'.repeat(12) };
    const second = { ...first, order: 8, hash: 'b'.repeat(16) };
    expect(compareStamps(second, first)).toBe('newer');
    expect(compareStamps(first, second)).toBe('older');
    expect(compareStamps({ ...first, order: 9 }, first)).toBe('same');
  });

  it('refuses what does not fit its width', () => {
    const fitting = { modified: instantFromMs(1), order: 1, hash: 'a'.repeat(16), identity: 'c'.repeat(12) };
    expect(formatStamp(fitting)).toHaveLength(STAMP_LENGTH);
    for (const unfit of [
      { modified: instantFromMs(-1) },
      { order: 1e13 },
      { order: -1 },
      { hash: 'a' },
      { identity: 'c' },
    ])
      expect(() => formatStamp({ ...fitting, ...unfit })).toThrow(RangeError);
    expect(parseStamp('1.2.3')).toBeUndefined();
  });
});
