import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { stampOf } from '../../../lib/domain/record.ts';
import { compareStamps, formatStamp, parseStamp, STAMP_LENGTH, type StampParts } from '../../../lib/domain/stamp.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f'), minLength: length, maxLength: length });
const parts: fc.Arbitrary<StampParts> = fc.record({
  modified: fc.integer({ min: 0, max: 99_999_999_999_999 }).map(instantFromMs),
  order: fc.integer({ min: 0, max: 499_999_999_999 }),
  settled: fc.boolean(),
  hash: hex(16),
  identity: hex(12),
});

function parsed(text: string): StampParts {
  const stamp = parseStamp(text);
  if (stamp === undefined) throw new Error('no stamp');
  return stamp;
}

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
        if (comparison === 'same' || (a.modified === b.modified && a.order === b.order && a.settled === b.settled))
          return;
        expect(formatStamp(a) > formatStamp(b)).toBe(comparison === 'newer');
      }),
    );
  });

  it('takes the later read for newer when two contents share a second', () => {
    const first = {
      modified: instantFromMs(1_000),
      order: 7,
      settled: false,
      hash: 'a'.repeat(16),
      identity: 'c'.repeat(12),
    };
    const second = { ...first, order: 8, hash: 'b'.repeat(16) };
    expect(compareStamps(second, first)).toBe('newer');
    expect(compareStamps(first, second)).toBe('older');
    expect(compareStamps({ ...first, order: 9 }, first)).toBe('same');
  });

  it('takes a read after the second of the change for later than any within it, whatever their call numbers', () => {
    const record = { id: '1', partition: 'a', modified: instantFromMs(5_000) };
    const within = stampOf({ ...record, body: 'within' }, 8, instantFromMs(5_000));
    const after = stampOf({ ...record, body: 'after' }, 7, instantFromMs(6_000));
    expect(after > within).toBe(true);
    expect(compareStamps(parsed(after), parsed(within))).toBe('newer');
    expect(parsed(after)).toMatchObject({ order: 7, settled: true });
  });

  it('refuses what does not fit its width', () => {
    const fitting = {
      modified: instantFromMs(1),
      order: 1,
      settled: false,
      hash: 'a'.repeat(16),
      identity: 'c'.repeat(12),
    };
    expect(formatStamp(fitting)).toHaveLength(STAMP_LENGTH);
    for (const unfit of [
      { modified: instantFromMs(-1) },
      { order: 5e11 },
      { order: -1 },
      { hash: 'a' },
      { identity: 'c' },
    ])
      expect(() => formatStamp({ ...fitting, ...unfit })).toThrow(RangeError);
    expect(parseStamp('1.2.3')).toBeUndefined();
  });
});
