import { describe, expect, it } from 'vitest';
import { instantFromMs } from '../../lib/domain/instant.ts';
import type { CacheHarness } from './cache-harness.ts';
import { A, applied, applying, LAYOUT, metaOf, record, records, recordsOf } from './cache-requests.ts';

export function cacheVersions(harness: () => CacheHarness): void {
  describe('versions', () => {
    it('adds what is new, updates what is newer, and leaves the rest', async () => {
      const { cache } = harness();
      const first = [record(A, '1', 10), record(A, '2', 10), record(A, '3', 10)];
      expect(await cache.apply(applying({ records: first }))).toMatchObject(applied({ added: 3, count: 3 }));
      const second = [record(A, '1', 11), record(A, '2', 10), record(A, '3', 9), record(A, '4', 9)];
      expect(await cache.apply(applying({ records: second, order: 2 }))).toMatchObject(
        applied({ added: 1, updated: 1, unchanged: 1, superseded: 1, count: 4 }),
      );
      expect(await harness().hash(recordsOf(A))).toEqual({
        1: record(A, '1', 11).body,
        2: record(A, '2', 10).body,
        3: record(A, '3', 10).body,
        4: record(A, '4', 9).body,
      });
    });

    it('lets the later read win between two contents of one modified time (I2)', async () => {
      const { cache } = harness();
      const [early, late] = [record(A, '1', 10, 'early'), record(A, '1', 10, 'late')];
      await cache.apply(applying({ records: [late], order: 8 }));
      expect(await cache.apply(applying({ records: [early], order: 7 }))).toMatchObject(applied({ superseded: 1 }));
      expect(await harness().hash(recordsOf(A))).toEqual({ 1: late.body });
      expect(await cache.apply(applying({ records: [early], order: 9 }))).toMatchObject(applied({ updated: 1 }));
    });

    it('lets a read after the second of a change win over one within it, whichever was called later', async () => {
      const { cache } = harness();
      const [within, after] = [record(A, '1', 10, 'within'), record(A, '1', 10, 'after')];
      const settled = applying({ records: [after], order: 7, asOf: instantFromMs(11_000) });
      await cache.apply(applying({ records: [within], order: 8, asOf: instantFromMs(10_999) }));
      expect(await cache.apply(settled)).toMatchObject(applied({ updated: 1 }));
      expect(await cache.apply(applying({ records: [within], order: 9 }))).toMatchObject(applied({ superseded: 1 }));
      expect(await harness().hash(recordsOf(A))).toEqual({ 1: after.body });
    });

    it('keeps the body of a record that is there where that is wanted, and lets its version rise', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 10), record(A, '2', 10)] }));
      await harness().setField(recordsOf(A), '1', 'edited');
      await harness().dropField(recordsOf(A), '2');
      const shown = [record(A, '1', 12), record(A, '2', 10), record(A, '3', 12)];
      const keeping = applying({ records: shown, order: 2, keep: true });
      expect(await cache.apply(keeping)).toMatchObject(applied({ added: 2, unchanged: 1, count: 3 }));
      expect(await harness().hash(recordsOf(A))).toMatchObject({ 1: 'edited', 2: record(A, '2', 10).body });
      expect(await cache.apply({ ...keeping, order: 3 })).toMatchObject(applied({ unchanged: 3 }));
      const twice = applying({ records: [record(A, '3', 13), record(A, '3', 14)], order: 4, keep: true });
      expect(await cache.apply(twice)).toMatchObject(applied({ unchanged: 2 }));
      const older = applying({ records: [record(A, '1', 11)], order: 4 });
      expect(await cache.apply(older)).toMatchObject(applied({ superseded: 1 }));
      expect((await cache.examine(A, LAYOUT, {})).digestsHold).toBe(true);
    });

    it('keeps right sums of a record whose version rises twice in one request', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 10)] }));
      const twice = [record(A, '1', 11), record(A, '1', 12)];
      expect(await cache.apply(applying({ records: twice, order: 2, keep: true }))).toMatchObject(
        applied({ unchanged: 2, count: 1 }),
      );
      const { digestsHold } = await cache.examine(A, LAYOUT, {});
      expect(digestsHold).toBe(true);
    });

    it('compares versions as texts of fixed width, not as numbers', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 9)], order: 9 }));
      expect(await cache.apply(applying({ records: [record(A, '1', 10)], order: 1 }))).toMatchObject({ updated: 1 });
      await cache.apply(applying({ records: [record(A, '1', 10, 'b')], order: 499_999_999_998 }));
      const later = applying({ records: [record(A, '1', 10, 'c')], order: 499_999_999_999 });
      expect(await cache.apply(later)).toMatchObject({ updated: 1 });
    });

    it('takes the newest of a record that comes twice in one request', async () => {
      const twice = [record(A, '1', 10), record(A, '1', 12), record(A, '1', 11)];
      const reply = await harness().cache.apply(applying({ records: twice }));
      expect(reply).toMatchObject(applied({ added: 1, updated: 1, superseded: 1, count: 1 }));
      expect(await harness().hash(recordsOf(A))).toEqual({ 1: record(A, '1', 12).body });
    });

    it('removes a record, but not one that is newer than the removal knows', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 10), record(A, '2', 20)] }));
      const stamp = '00000000015000.000000000009.aaaaaaaaaaaaaaaa.aaaaaaaaaaaa';
      const reply = await cache.apply(applying({ removals: { 1: stamp, 2: stamp, 3: stamp } }));
      expect(reply).toMatchObject(applied({ removed: 1, count: 1 }));
      expect(Object.keys(await harness().hash(recordsOf(A)))).toEqual(['2']);
      expect(await harness().hash(metaOf(A))).toMatchObject({ count: '1' });
    });

    it('keeps a record that comes newer in the same request as its removal', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, '1', 10)] }));
      const removals = { 1: '00000000015000.000000000009.aaaaaaaaaaaaaaaa.aaaaaaaaaaaa' };
      const reply = await cache.apply(applying({ records: [record(A, '1', 20)], removals }));
      expect(reply).toMatchObject(applied({ updated: 1, removed: 0, count: 1 }));
    });

    it('changes nothing when a request is repeated', async () => {
      const { cache } = harness();
      const request = applying({
        records: records(A, 20, 5),
        removals: { gone: '00000000000000.000000000000.aaaaaaaaaaaaaaaa.aaaaaaaaaaaa' },
        scan: 'run',
      });
      await cache.apply(request);
      const before = [await harness().hash(recordsOf(A)), await harness().hash(metaOf(A))];
      expect(await cache.apply(request)).toMatchObject(applied({ unchanged: 20, count: 20 }));
      expect([await harness().hash(recordsOf(A)), await harness().hash(metaOf(A))]).toEqual(before);
    });
  });
}
