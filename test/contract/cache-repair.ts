import { describe, expect, it } from 'vitest';
import { type CacheHarness, costOf } from './cache-harness.ts';
import { A, applied, applying, LAYOUT, record, records, recordsOf } from './cache-requests.ts';

export function cacheRepair(harness: () => CacheHarness): void {
  describe('naming a few records', () => {
    it('names as many as are asked for, out of those that readers find, for one command', async () => {
      const { cache } = harness();
      const all = records(A, 30, 5).map(({ id }) => id);
      expect(await cache.sample(A, LAYOUT, 3)).toEqual([]);
      await cache.apply(applying({ records: records(A, 30, 5) }));
      const before = await harness().billed();
      const some = await cache.sample(A, LAYOUT, 3);
      expect((await harness().billed()) - before).toBe(1);
      expect(new Set(some).size).toBe(3);
      expect(all).toEqual(expect.arrayContaining([...some]));
      expect((await cache.sample(A, LAYOUT, 100)).toSorted()).toEqual(all.toSorted());
    });
  });

  describe('comparing bodies', () => {
    it('repairs a cache that lost 64 of 2,419 records', async () => {
      const { cache } = harness();
      const all = records(A, 2_419, 5);
      await cache.apply(applying({ records: all }));
      for (const { id } of all.slice(900, 964)) await harness().dropField(recordsOf(A), id);
      expect(await cache.count(A, LAYOUT)).toBe(2_355);
      expect(await cache.apply(applying({ records: all, order: 2 }))).toMatchObject({ unchanged: 2_419, count: 2_419 });
      const repair = await cache.apply(applying({ records: all, order: 3, verify: true }));
      expect(repair).toMatchObject(applied({ added: 64, unchanged: 2_355, count: 2_419 }));
      expect(await cache.count(A, LAYOUT)).toBe(2_419);
    });

    it('rewrites a body that differs from what was written', async () => {
      await harness().cache.apply(applying({ records: [record(A, '1', 5)] }));
      await harness().setField(recordsOf(A), '1', '{"spoilt":true}');
      const request = applying({ records: [record(A, '1', 5)], verify: true });
      expect(await harness().cache.apply(request)).toMatchObject(applied({ updated: 1, count: 1 }));
      expect(await harness().hash(recordsOf(A))).toEqual({ 1: record(A, '1', 5).body });
    });

    it('does not put an older body in place of a newer one that was lost (I2)', async () => {
      await harness().cache.apply(applying({ records: [record(A, '1', 9)] }));
      await harness().dropField(recordsOf(A), '1');
      const older = applying({ records: [record(A, '1', 8)], order: 2, verify: true });
      expect(await harness().cache.apply(older)).toMatchObject(applied({ superseded: 1 }));
      expect(await harness().hash(recordsOf(A))).toEqual({});
    });

    it('costs one command more, and none where nothing can be compared', async () => {
      const { cache } = harness();
      await cache.apply(applying());
      const first = await cache.apply(applying({ records: records(A, 10, 5), verify: true }));
      const second = await cache.apply(applying({ records: records(A, 10, 5), verify: true }));
      const costs = [costOf(harness(), first.commands, 7), costOf(harness(), second.commands, 4)];
      expect(costs).toEqual([7, 4]);
    });
  });
}
