import { describe, expect, it } from 'vitest';
import type { PartitionKey } from '../../lib/domain/names.ts';
import type { CacheHarness } from './cache-harness.ts';
import {
  A,
  applying,
  B,
  LAYOUT,
  locatorOf,
  metaOf,
  PLAIN_LAYOUT,
  record,
  records,
  recordsOf,
  stamped,
  stampsOf,
} from './cache-requests.ts';

export function cacheDrops(harness: () => CacheHarness): void {
  const cache = () => harness().cache;
  const put = (key: PartitionKey, ids: readonly string[], second: number, layout = LAYOUT) =>
    cache().apply(applying({ key, records: ids.map((id) => record(key, id, second)), layout }));
  const hashes = (key: PartitionKey) =>
    Promise.all([recordsOf(key), metaOf(key), stampsOf(key)].map((name) => harness().hash(name)));
  const locator = async (id: string) => JSON.parse((await harness().text(locatorOf(id))) ?? 'null');

  describe('dropping a partition', () => {
    it('removes all that is held of it and tells what readers lose', async () => {
      await put(A, ['1', '2'], 10);
      await put(B, ['3'], 10);
      expect(await cache().drop(A, LAYOUT, 1)).toEqual({ outcome: 'dropped', removed: 2 });
      expect(await hashes(A)).toEqual([{}, {}, {}]);
      expect([await locator('1'), await locator('2')]).toEqual([null, null]);
      expect(await locator('3')).toMatchObject({ partition: B.partition });
      expect(Object.keys(await harness().hash(recordsOf(B)))).toEqual(['3']);
      expect(await cache().drop(A, LAYOUT, 1)).toEqual({ outcome: 'dropped', removed: 0 });
    });

    it('keeps where a record is now that was here before, without the way back here', async () => {
      await put(A, ['1', '2', '3'], 10);
      const C = { ...A, partition: 'c.1' };
      await put(B, ['1', '2', '3'], 11);
      await put(C, ['2', '3'], 12);
      await put(B, ['3'], 13);
      expect((await locator('2')).from).toEqual([A.partition, B.partition]);
      expect((await locator('3')).from).toEqual([A.partition, C.partition]);
      await cache().drop(A, LAYOUT, 1);
      expect(await locator('1')).toEqual({ partition: B.partition, stamp: stamped(record(B, '1', 11), 1) });
      expect((await locator('2')).from).toEqual([B.partition]);
      expect((await locator('3')).from).toEqual([C.partition]);
      expect(await put(B, ['1'], 11)).toMatchObject({ unchanged: 1, movedFrom: [] });
    });

    it('removes tombstones too, and bodies whose stamps are lost', async () => {
      await put(A, ['1', '2'], 10);
      await cache().apply(applying({ forgotten: { 1: stamped(record(A, '1', 10), 1) } }));
      await harness().dropField(stampsOf(A), '2');
      expect(await cache().drop(A, LAYOUT, 1)).toEqual({ outcome: 'dropped', removed: 1 });
      expect([await locator('1'), await locator('2')]).toEqual([null, null]);
    });

    it('removes more than one request carries', async () => {
      const all = records(A, 2_100, 5);
      await cache().apply(applying({ records: all }));
      expect(await cache().drop(A, LAYOUT, 1)).toEqual({ outcome: 'dropped', removed: 2_100 });
      expect(await locator(all[2_050]?.id ?? '')).toBeNull();
    });

    it.each([LAYOUT, PLAIN_LAYOUT])('is refused under an old fence, and changes nothing (I4)', async (layout) => {
      await cache().apply(applying({ records: [record(A, '1', 10)], fence: 5, layout }));
      const before = [await hashes(A), await locator('1')];
      expect(await cache().drop(A, layout, 4)).toEqual({ outcome: 'fenced' });
      expect([await hashes(A), await locator('1')]).toEqual(before);
      expect(await cache().drop(A, layout, 6)).toEqual({ outcome: 'dropped', removed: 1 });
    });

    it('removes a partition whose stamps are lost', async () => {
      await put(A, ['1'], 10);
      await harness().drop(stampsOf(A));
      expect(await cache().drop(A, LAYOUT, 1)).toEqual({ outcome: 'dropped', removed: 1 });
      expect([await hashes(A), await locator('1')]).toEqual([[{}, {}, {}], null]);
    });
  });

  describe('partitions that are held', () => {
    async function held(stream: Pick<PartitionKey, 'connection' | 'stream'>): Promise<readonly string[]> {
      const found = new Set<string>();
      let cursor: string | undefined;
      do {
        const page = await cache().partitionsHeld(stream, cursor);
        for (const partition of page.partitions) found.add(partition);
        cursor = page.next;
      } while (cursor !== undefined);
      return [...found].toSorted();
    }

    it('are those of the stream alone', async () => {
      await put(A, ['1'], 10);
      await put(B, ['1'], 10);
      await put({ ...A, connection: 'other', partition: 'x' }, ['1'], 10);
      await put({ ...A, stream: 'registrations-2', partition: 'y' }, ['1'], 10);
      expect(await held(A)).toEqual([A.partition, B.partition].toSorted());
      expect(await held({ connection: 'nobody', stream: 'registrations' })).toEqual([]);
    });

    it('are found among many', async () => {
      const ids = Array.from({ length: 120 }, (_, index) => `p-${index}`);
      for (const partition of ids) await put({ ...A, partition }, ['1'], 10);
      expect(await held(A)).toEqual(ids.toSorted());
    });
  });
}
