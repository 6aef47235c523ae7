import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { OLDEST_STAMP, STAMP_LENGTH } from '../../../lib/domain/stamp.ts';
import {
  isTombstone,
  parseStoredStamp,
  readStoredStamp,
  WRITE_PATHS,
  type WritePath,
  writeMark,
} from '../../../lib/domain/stored-stamp.ts';

const paths: readonly WritePath[] = ['inline', 'window', 'full', 'walk', 'repair', 'import', 'gone', 'forgotten'];
const stamp = '01700000000000.000000000007.0123456789abcdef.0123456789ab';

describe('a stored stamp', () => {
  it('survives writing and reading, to the second', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.integer({ min: 0, max: 4_000_000_000 }), (path, second) => {
        const at = instantFromMs(second * 1_000);
        expect(parseStoredStamp(stamp + writeMark(path, at))).toEqual({ stamp, path, at });
      }),
    );
  });

  it('knows every path by a letter of its own', () => {
    expect(new Set(Object.values(WRITE_PATHS)).size).toBe(paths.length);
    expect(paths.filter((path) => isTombstone({ path }))).toEqual(['gone', 'forgotten']);
  });

  it.each(['', stamp, `${stamp}.q1`, `${stamp}.f`, `${'x'.repeat(STAMP_LENGTH)}.f1`])(
    'is taken for older than any where it cannot be read: %j',
    (text) => {
      expect(parseStoredStamp(text)).toBeUndefined();
      expect(readStoredStamp(text).stamp).toBe(OLDEST_STAMP);
    },
  );
});
