import { describe, expect, it } from 'vitest';
import type { CacheHarness } from './cache-harness.ts';
import { A, applied, applying, locatorOf, metaOf, record, recordsOf, stampsOf } from './cache-requests.ts';

export function cacheFences(harness: () => CacheHarness): void {
  async function everything() {
    const hashes = [recordsOf(A), stampsOf(A), metaOf(A)].map((key) => harness().hash(key));
    return [...(await Promise.all(hashes)), await harness().text(locatorOf('1'))];
  }

  describe('fences', () => {
    it('lets an old fence change nothing at all (I4)', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 10)], fence: 10 }));
      const before = await everything();
      const stale = applying({
        records: [record(A, '1', 99)],
        removals: { 1: '99999999999999.000000000009.aaaaaaaaaaaaaaaa.aaaaaaaaaaaa' },
        fence: 9,
        create: true,
      });
      expect(await cache.apply(stale)).toMatchObject({ outcome: 'fenced' });
      expect(await everything()).toEqual(before);
    });

    it('remembers a fence that changed nothing else (I4)', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 10)], fence: 2 }));
      await cache.apply(applying({ records: [record(A, '1', 10)], fence: 10 }));
      expect(await cache.apply(applying({ records: [record(A, '1', 11)], fence: 9 }))).toMatchObject({
        outcome: 'fenced',
      });
      expect(await cache.apply(applying({ records: [record(A, '1', 11)], fence: 10 }))).toMatchObject({ updated: 1 });
    });

    it('says that a partition it does not know is lost, unless it may be created', async () => {
      const { cache } = harness();
      const request = applying({ records: [record(A, '1', 10)], create: false, fence: 4 });
      expect(await cache.apply(request)).toMatchObject({ outcome: 'lost' });
      expect(await everything()).toEqual([{}, {}, {}, undefined]);
      expect(await cache.apply({ ...request, create: true })).toMatchObject(applied({ added: 1 }));
      expect(await cache.apply({ ...request, fence: 5 })).toMatchObject(applied({ unchanged: 1 }));
    });

    it('says so too when only the versions are lost', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 10)] }));
      await harness().drop(stampsOf(A));
      const request = applying({ records: [record(A, '1', 11)], create: false });
      expect(await cache.apply(request)).toMatchObject({ outcome: 'lost' });
      expect(await harness().hash(recordsOf(A))).toEqual({ 1: record(A, '1', 10).body });
    });

    it('creates a partition without records', async () => {
      const { cache } = harness();
      expect(await cache.apply(applying())).toMatchObject(applied({ count: 0 }));
      expect(await cache.apply(applying({ create: false }))).toMatchObject(applied({ count: 0 }));
      expect(await harness().hash(metaOf(A))).toMatchObject({ count: '0', loaded: 'true' });
    });
  });
}
