import { describe, expect, it } from 'vitest';
import { scanKey } from '../../lib/domain/cache-layout.ts';
import type { CacheHarness } from './cache-harness.ts';
import { A, applying, LAYOUT, record, records, recordsOf, stamped, stampsOf } from './cache-requests.ts';

export function cacheScans(harness: () => CacheHarness): void {
  const unseen = (startOrder: number, expectedSeen = 1) =>
    harness().cache.unseen(A, 'run', startOrder, expectedSeen, LAYOUT);

  describe('scans', () => {
    it('finds what a complete scan did not see, with the versions to remove', async () => {
      const { cache } = harness();
      const [kept, gone, later] = [record(A, 'kept', 5), record(A, 'gone', 5), record(A, 'later', 5)];
      await cache.apply(applying({ records: [kept, gone], order: 3 }));
      await cache.apply(applying({ records: [kept], order: 10, scan: 'run' }));
      await cache.apply(applying({ records: [later], order: 11 }));
      const found = await unseen(10);
      expect(found).toEqual([{ record: 'gone', stamp: stamped(gone, 3) }]);
      const removals = Object.fromEntries((found ?? []).map((version) => [version.record, version.stamp]));
      expect(await cache.apply(applying({ removals }))).toMatchObject({ removed: 1, count: 2 });
    });

    it('names a record that the scan has seen, and none when it has seen none', async () => {
      const { cache } = harness();
      expect(await cache.witness(A, 'run')).toBeUndefined();
      await cache.apply(applying({ records: [record(A, '1', 5)], scan: 'run' }));
      for (let time = 0; time < 5; time += 1) expect(await cache.witness(A, 'run')).toBe('1');
    });

    it('counts a record as seen that was superseded', async () => {
      await harness().cache.apply(applying({ records: [record(A, '1', 9)], order: 3 }));
      await harness().cache.apply(applying({ records: [record(A, '1', 8)], order: 10, scan: 'run' }));
      expect(await unseen(10)).toEqual([]);
    });

    it('remembers over many pages and applies', async () => {
      const all = records(A, 2_100, 5);
      await harness().cache.apply(applying({ records: all, order: 1 }));
      await harness().cache.apply(applying({ records: all.slice(0, 1_500), order: 4, scan: 'run' }));
      await harness().cache.apply(applying({ records: all.slice(1_500, 2_099), order: 5, scan: 'run' }));
      expect((await unseen(4, 2_099))?.map((version) => version.record)).toEqual([all[2_099]?.id]);
    });

    it('knows nothing once its memory is gone or incomplete', async () => {
      await harness().cache.apply(applying({ records: records(A, 3, 5), scan: 'run' }));
      expect(await unseen(9, 4)).toBeUndefined();
      expect(await unseen(9, 3)).toEqual([]);
      await harness().drop(scanKey(A, 'run'));
      expect(await unseen(9, 1)).toBeUndefined();
    });

    it('keeps the memories of two runs apart, and forgets one', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 5), record(A, '2', 5)] }));
      await cache.apply(applying({ records: [record(A, '1', 5)], scan: 'other' }));
      expect(await unseen(9)).toBeUndefined();
      await cache.forgetScan(A, 'other');
      expect(await cache.unseen(A, 'other', 9, 1, LAYOUT)).toBeUndefined();
    });

    it('finds a record whose version the cache has lost', async () => {
      await harness().cache.apply(applying({ records: [record(A, 'kept', 5), record(A, 'ghost', 5)] }));
      await harness().drop(stampsOf(A));
      await harness().cache.apply(applying({ records: [record(A, 'kept', 5)], order: 4, scan: 'run' }));
      const found = (await unseen(4)) ?? [];
      expect(found.map((version) => version.record)).toEqual(['ghost']);
      await harness().cache.apply(applying({ removals: { ghost: found[0]?.stamp ?? '' } }));
      expect(Object.keys(await harness().hash(recordsOf(A)))).toEqual(['kept']);
    });
  });
}
