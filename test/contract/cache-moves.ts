import { describe, expect, it } from 'vitest';
import type { PartitionKey } from '../../lib/domain/names.ts';
import type { CacheHarness } from './cache-harness.ts';
import { A, applied, applying, B, locatorOf, PLAIN_LAYOUT, record, recordsOf, stamped } from './cache-requests.ts';

export function cacheMoves(harness: () => CacheHarness): void {
  const put = (key: PartitionKey, second: number, order = 1) =>
    harness().cache.apply(applying({ key, records: [record(key, '1', second)], order }));
  const remove = (key: PartitionKey, stamp: string) => harness().cache.apply(applying({ key, removals: { 1: stamp } }));
  const holders = async () => {
    const bodies = await Promise.all([A, B].map(async (key) => (await harness().hash(recordsOf(key)))['1']));
    return bodies.map((body) => (body === undefined ? undefined : JSON.parse(body).at));
  };
  const locator = async () => JSON.parse((await harness().text(locatorOf('1'))) ?? 'null');
  const stampOfB = (second: number, order = 1) => stamped(record(B, '1', second), order);

  describe('records that move', () => {
    it('remembers where a record is', async () => {
      await put(A, 10);
      expect(await locator()).toEqual({ partition: A.partition, stamp: stamped(record(A, '1', 10), 1) });
    });

    it('keeps no locators where the layout has none', async () => {
      await harness().cache.apply(applying({ records: [record(A, '1', 10)], layout: PLAIN_LAYOUT }));
      expect(await locator()).toBeNull();
    });

    it('tells where a record was before, and again until that partition has let go of it', async () => {
      await put(A, 10);
      const moved = { record: '1', from: A.partition, stamp: stampOfB(11) };
      expect(await put(B, 11)).toMatchObject(applied({ added: 1, movedFrom: [moved] }));
      expect(await put(B, 11)).toMatchObject(applied({ unchanged: 1, movedFrom: [moved] }));
      expect(await holders()).toEqual([10, 11]);
      expect(await remove(A, moved.stamp)).toMatchObject(applied({ removed: 1, count: 0 }));
      expect(await holders()).toEqual([undefined, 11]);
      expect(await locator()).toEqual({ partition: B.partition, stamp: moved.stamp });
      expect(await put(B, 11)).toMatchObject(applied({ unchanged: 1 }));
    });

    it('does not let an older read bring a record back to where it was', async () => {
      await put(A, 10);
      await put(B, 12);
      await remove(A, stampOfB(12));
      expect(await put(A, 11, 9)).toMatchObject(applied({ superseded: 1, count: 0 }));
      expect(await holders()).toEqual([undefined, 12]);
    });

    it('ends right when a record moves there and back before anybody let go of it', async () => {
      await put(A, 10);
      await put(B, 11);
      const back = await put(A, 12);
      expect(back).toMatchObject({ movedFrom: [{ from: B.partition, stamp: stamped(record(A, '1', 12), 1) }] });
      expect(await remove(A, stampOfB(11))).toMatchObject(applied({ removed: 0, count: 1 }));
      await remove(B, stamped(record(A, '1', 12), 1));
      expect(await holders()).toEqual([12, undefined]);
      expect(await locator()).toEqual({ partition: A.partition, stamp: stamped(record(A, '1', 12), 1) });
    });

    it('keeps a move open while its old partition holds something newer than the removal knows', async () => {
      await put(A, 10);
      await put(B, 11);
      await put(A, 12);
      await put(B, 13);
      await remove(A, stampOfB(11));
      expect((await locator()).from).toEqual([A.partition]);
      await remove(A, stampOfB(13));
      expect(await holders()).toEqual([undefined, 13]);
      expect((await locator()).from).toBeUndefined();
    });

    it('lets the later read decide where a record of one modified time is', async () => {
      await put(A, 10, 5);
      expect(await put(B, 10, 4)).toMatchObject(applied({ superseded: 1 }));
      expect(await put(B, 10, 6)).toMatchObject({ added: 1 });
    });

    it('writes a lost locator again', async () => {
      await put(A, 10);
      const before = await locator();
      await harness().drop(locatorOf('1'));
      await put(A, 10);
      expect(await locator()).toEqual(before);
    });
  });
}
