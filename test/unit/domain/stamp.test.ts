import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { compareStamps, formatStamp, parseStamp, type StampParts } from '../../../lib/domain/stamp.ts';

const hash = fc.string({ unit: fc.constantFrom('A', 'B', 'z', '0', '9', '-', '_'), minLength: 16, maxLength: 16 });
const parts: fc.Arbitrary<StampParts> = fc.record({
  modified: fc.integer({ min: 0, max: 99_999_999_999_999 }).map(instantFromMs),
  order: fc.integer({ min: 0, max: 999_999_999_999 }),
  hash,
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
    const first = { modified: instantFromMs(1_000), order: 7, hash: 'A'.repeat(16) };
    const second = { ...first, order: 8, hash: 'B'.repeat(16) };
    expect(compareStamps(second, first)).toBe('newer');
    expect(compareStamps(first, second)).toBe('older');
    expect(compareStamps({ ...first, order: 9 }, first)).toBe('same');
  });

  it('refuses what does not fit its width', () => {
    expect(() => formatStamp({ modified: instantFromMs(-1), order: 1, hash: 'A'.repeat(16) })).toThrow(RangeError);
    expect(() => formatStamp({ modified: instantFromMs(1), order: 1e13, hash: 'A'.repeat(16) })).toThrow(RangeError);
    expect(parseStamp('1.2.3')).toBeUndefined();
  });
});
