import { describe, expect, it } from 'vitest';
import { versionedRecordsKey } from '../../lib/domain/cache-layout.ts';
import type { CacheHarness } from './cache-harness.ts';
import {
  A,
  applied,
  applying,
  LAYOUT,
  metaOf,
  record,
  records,
  recordsOf,
  stamped,
  stampsOf,
} from './cache-requests.ts';

const NEXT = { ...LAYOUT, version: 2 };
const WRITTEN = { version: 2, becomes: 'written' } as const;
const DROPPED = { version: 1, becomes: 'dropped' } as const;
const NEXT_RECORDS = versionedRecordsKey(A, NEXT);

export function cacheLayouts(harness: () => CacheHarness): void {
  const cache = () => harness().cache;
  const copy = async (fence = 2) => {
    let cursor: string | undefined;
    for (;;) {
      const page = await cache().copy({
        key: A,
        layout: LAYOUT,
        to: 2,
        fence,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (page.outcome !== 'copied' || page.next === undefined) return page;
      cursor = page.next;
    }
  };
  const held = (key: string) => harness().hash(key);
  const dropCopy = (fence: number) => cache().dropCopy({ key: A, layout: LAYOUT, to: 2, fence });

  describe('layouts', () => {
    it('names the records by their version, and everything else as ever', async () => {
      expect([recordsOf(A), NEXT_RECORDS]).toEqual([versionedRecordsKey(A, LAYOUT), `${recordsOf(A)}:v2`]);
      await cache().apply(applying({ records: records(A, 2, 5), layout: NEXT }));
      expect(Object.keys(await held(NEXT_RECORDS))).toHaveLength(2);
      expect(await held(recordsOf(A))).toEqual({});
      expect(await held(metaOf(A))).toMatchObject({ layout: '2', count: '2' });
      expect(await cache().count(A, NEXT)).toBe(2);
      expect(await cache().digests(A, NEXT)).toMatchObject({ count: 2, found: 2 });
      expect(await cache().examine(A, NEXT, {})).toMatchObject({ compared: 2, damaged: [], digestsHold: true });
    });

    it('copies all records of a partition without telling anybody', async () => {
      await cache().apply(applying({ records: records(A, 2_500, 5) }));
      const told = await held(metaOf(A));
      expect(await copy()).toMatchObject({ outcome: 'copied', whole: true });
      expect(await held(NEXT_RECORDS)).toEqual(await held(recordsOf(A)));
      expect(await held(metaOf(A))).toEqual(told);
    });

    it('begins without what an earlier copy left', async () => {
      await cache().apply(applying({ records: [record(A, '1', 10)] }));
      await harness().setField(NEXT_RECORDS, '4', 'left over');
      expect(await copy()).toMatchObject({ whole: true });
      expect(await held(NEXT_RECORDS)).toEqual(await held(recordsOf(A)));
    });

    it('tells when the copy holds less than it was given', async () => {
      await cache().apply(applying({ records: records(A, 2_500, 5) }));
      const { cache: over } = harness();
      let page = await over.copy({ key: A, layout: LAYOUT, to: 2, fence: 2 });
      while (Object.keys(await held(NEXT_RECORDS)).length === 0) {
        if (page.outcome !== 'copied' || page.next === undefined) throw new Error('expected another page');
        page = await over.copy({ key: A, layout: LAYOUT, to: 2, fence: 2, cursor: page.next });
      }
      if (page.outcome !== 'copied' || page.next === undefined) throw new Error('expected another page');
      await harness().drop(NEXT_RECORDS);
      while (page.outcome === 'copied' && page.next !== undefined) {
        page = await over.copy({ key: A, layout: LAYOUT, to: 2, fence: 2, cursor: page.next });
      }
      expect(page).toMatchObject({ outcome: 'copied', whole: false });
    });

    it('refuses older writers from the first page on, and is refused where a newer one has written (I4)', async () => {
      await cache().apply(applying({ records: [record(A, '1', 10)] }));
      await copy(5);
      expect(await cache().apply(applying({ records: [record(A, '2', 10)], fence: 4 }))).toMatchObject({
        outcome: 'fenced',
      });
      await harness().setField(NEXT_RECORDS, '4', 'theirs');
      expect(await copy(4)).toMatchObject({ outcome: 'fenced' });
      expect(await dropCopy(4)).toBe(false);
      expect(Object.keys(await held(NEXT_RECORDS)).toSorted()).toEqual(['1', '4']);
      expect(await dropCopy(5)).toBe(true);
      expect(await held(NEXT_RECORDS)).toEqual({});
    });

    it('says so when the cache has lost the partition', async () => {
      expect(await copy()).toMatchObject({ outcome: 'lost' });
      expect(await held(stampsOf(A))).toEqual({});
    });

    it('writes, replaces and removes in both layouts at once', async () => {
      await cache().apply(applying({ records: [record(A, '1', 10), record(A, '2', 10), record(A, '3', 10)] }));
      await copy();
      const changes = {
        records: [record(A, '1', 11), record(A, '4', 11)],
        removals: { 2: stamped(record(A, '2', 10), 1) },
        forgotten: { 3: stamped(record(A, '3', 10), 1) },
      };
      const reply = await cache().apply(applying({ ...changes, fence: 2, order: 2, beside: WRITTEN }));
      expect(reply).toMatchObject(applied({ added: 1, updated: 1, removed: 2 }));
      expect(Object.keys(await held(recordsOf(A))).toSorted()).toEqual(['1', '4']);
      expect(await held(NEXT_RECORDS)).toEqual(await held(recordsOf(A)));
      expect(await held(metaOf(A))).toMatchObject({ layout: '1', count: '2' });
    });

    it('drops the old layout when readers are told of the new one, and not before', async () => {
      await cache().apply(applying({ records: records(A, 3, 5) }));
      await copy();
      const before = await held(recordsOf(A));
      expect(await cache().apply(applying({ layout: NEXT, fence: 1, beside: DROPPED }))).toMatchObject({
        outcome: 'fenced',
      });
      expect(await held(recordsOf(A))).toEqual(before);
      for (const fence of [3, 4]) {
        await cache().apply(applying({ layout: NEXT, create: false, fence, beside: DROPPED }));
        expect(await held(recordsOf(A))).toEqual({});
        expect(await held(NEXT_RECORDS)).toEqual(before);
        expect(await held(metaOf(A))).toMatchObject({ layout: '2', count: '3' });
      }
    });

    it('bills what it says', async () => {
      await cache().apply(applying({ records: records(A, 3, 5) }));
      await copy();
      const changed = { records: records(A, 3, 6), order: 2, fence: 3 };
      const billing = async (work: () => Promise<{ readonly commands: number }>) => {
        const before = await harness().billed();
        const { commands } = await work();
        expect((await harness().billed()) - before).toBe(commands);
        return commands;
      };
      // What it costs with segments depends on how many they are.
      const begin = (fence: number) => cache().copy({ key: A, layout: LAYOUT, to: 2, fence });
      const costs = [
        await billing(() => begin(2)),
        await billing(() => cache().apply(applying({ ...changed, beside: WRITTEN }))),
        await billing(() => begin(1)),
        await billing(() => cache().apply(applying({ layout: NEXT, fence: 3, beside: DROPPED }))),
      ];
      const without = harness().segmented === true ? costs : [7, 8, 2, 5];
      expect(costs).toEqual(without);
    });

    it('removes a dropped partition in whichever layout readers were told of', async () => {
      await cache().apply(applying({ records: records(A, 2, 5), layout: NEXT }));
      expect(await cache().drop(A, LAYOUT, 2)).toEqual({ outcome: 'dropped', removed: 2 });
      for (const key of [NEXT_RECORDS, recordsOf(A), metaOf(A), stampsOf(A)]) expect(await held(key)).toEqual({});
    });
  });
}
