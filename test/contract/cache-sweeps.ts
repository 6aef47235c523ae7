import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sweepKey } from '../../lib/domain/cache-layout.ts';
import { instantFromMs } from '../../lib/domain/instant.ts';
import { isRecordId } from '../../lib/domain/names.ts';
import type { SweptVersion } from '../../lib/ports/cache-entries.ts';
import type { CacheHarness } from './cache-harness.ts';
import { A, B } from './cache-requests.ts';

const version = (record: string, second: number, partition = A.partition): SweptVersion => ({
  record,
  partition,
  modified: instantFromMs(second * 1_000),
});

export function cacheSweeps(harness: () => CacheHarness): void {
  const remember = (page: number, versions: readonly SweptVersion[], run = 'run') =>
    harness().cache.rememberSwept(A, run, page, versions);
  const swept = async (pages: number, partition = A.partition, run = 'run') => {
    const seen = await harness().cache.swept(A, run, pages, partition);
    return seen && Object.fromEntries(seen);
  };

  describe('sweeps', () => {
    it('tell of one partition what all pages saw, the latest where it was seen twice', async () => {
      await remember(0, [version('1', 10), version('2', 10), version('3', 10, B.partition)]);
      await remember(1, []);
      await remember(2, [version('1', 12), version('2', 8), version('4', 5)]);
      expect(await swept(3)).toEqual({ 1: 12_000, 2: 10_000, 4: 5_000 });
      expect(await swept(3, B.partition)).toEqual({ 3: 10_000 });
      expect(await swept(3, 'nobody')).toEqual({});
    });

    it('know nothing once the memory of a page is gone', async () => {
      await remember(0, [version('1', 10)]);
      await remember(2, [version('2', 10)]);
      expect(await swept(3)).toBeUndefined();
      expect(await swept(1)).toEqual({ 1: 10_000 });
      await harness().drop(sweepKey(A, 'run'));
      expect(await swept(1)).toBeUndefined();
    });

    it('take a page that is remembered again for what it is then', async () => {
      await remember(0, [version('1', 10), version('2', 10, B.partition)]);
      await remember(0, [version('1', 11)]);
      expect(await swept(1)).toEqual({ 1: 11_000 });
      expect(await swept(1, B.partition)).toEqual({});
    });

    it('keep runs apart, and forget one', async () => {
      await remember(0, [version('1', 10)]);
      await remember(0, [version('2', 10)], 'other');
      await harness().cache.forgetSwept(A, 'run');
      expect(await swept(1)).toBeUndefined();
      expect(await swept(1, A.partition, 'other')).toEqual({ 2: 10_000 });
    });

    it('read thousands of pages', async () => {
      for (let page = 0; page < 1_100; page += 1) await remember(page, [version(String(page % 1_050), page)]);
      expect(Object.keys((await swept(1_100)) ?? {})).toHaveLength(1_050);
    });

    it('cost one command a page, and one more for the first', async () => {
      const many = Array.from({ length: 900 }, (_, index) => version(`id-${index}`, index, `p-${index}`));
      const before = await harness().billed();
      await remember(0, many);
      await remember(1, many);
      expect((await harness().billed()) - before).toBe(3);
    });

    it('remember ids of any characters', async () => {
      const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter(isRecordId);
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(id, { maxLength: 20 }), async (ids) => {
          await remember(
            0,
            ids.map((of, index) => version(of, index)),
          );
          expect(await harness().cache.swept(A, 'run', 1, A.partition)).toEqual(
            new Map(ids.map((of, index) => [of, index * 1_000])),
          );
        }),
        { numRuns: 25 },
      );
    });
  });
}
