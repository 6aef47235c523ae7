import { describe, expect, it } from 'vitest';
import { exclusionStamp } from '../../lib/domain/exclusion.ts';
import { plusMs } from '../../lib/domain/instant.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import { leftStamp } from '../../lib/domain/record.ts';
import { parseStoredStamp } from '../../lib/domain/stored-stamp.ts';
import type { ApplyRequest } from '../../lib/ports/cache-apply.ts';
import type { CacheHarness } from './cache-harness.ts';
import {
  A,
  applied,
  applying,
  B,
  LAYOUT,
  locatorOf,
  PLAIN_LAYOUT,
  record,
  recordsOf,
  stamped,
  stampsOf,
} from './cache-requests.ts';

const LAST_SYNC = '2027-01-15T08:00:00.000Z';

export function cacheTombstones(harness: () => CacheHarness): void {
  const apply = (changes: Partial<ApplyRequest>) => harness().cache.apply(applying(changes));
  const put = (key: PartitionKey, second: number, order = 1, text?: string) =>
    apply({ key, records: [record(key, '1', second, text)], order });
  const stamp = (key: PartitionKey, second: number, order = 1) => stamped(record(key, '1', second), order);
  const locator = async () => JSON.parse((await harness().text(locatorOf('1'))) ?? 'null');
  const held = async (key: PartitionKey) => Object.keys(await harness().hash(recordsOf(key)));

  describe('tombstones of records that are gone', () => {
    it('keeps the locator of a record that is nowhere else, for what is newer to get past', async () => {
      await put(A, 10);
      await apply({ removals: { 1: stamp(A, 10) } });
      expect(await locator()).toEqual({ partition: A.partition, stamp: stamp(A, 10), gone: LAST_SYNC });
      for (const key of [A, B]) {
        for (const second of [9, 10])
          expect(await put(key, second)).toMatchObject(applied({ superseded: 1, count: 0 }));
      }
      expect(await put(B, 11)).toMatchObject(applied({ added: 1, count: 1 }));
      expect(await locator()).toEqual({ partition: B.partition, stamp: stamp(B, 11) });
      expect([await held(A), await held(B)]).toEqual([[], ['1']]);
    });

    it('takes the version that was here, not a later one by which the removal knows it from elsewhere', async () => {
      await put(A, 10);
      await apply({ removals: { 1: stamp(B, 14) } });
      expect(await locator()).toMatchObject({ stamp: stamp(A, 10), gone: LAST_SYNC });
      expect(await put(A, 9)).toMatchObject(applied({ superseded: 1 }));
      expect(await put(B, 14)).toMatchObject(applied({ added: 1 }));
    });

    it('tells where else a record is that is to be forgotten, unless it is newer there', async () => {
      await put(A, 10);
      await put(B, 11);
      const forgotten = { 1: stamp(B, 11, 2) };
      const elsewhere = { record: '1', from: B.partition, stamp: forgotten[1] };
      expect(await apply({ forgotten })).toMatchObject(applied({ removed: 1, count: 0, movedFrom: [elsewhere] }));
      expect(await locator()).toEqual({ partition: B.partition, stamp: stamp(B, 11) });
      await put(B, 12);
      expect(await apply({ forgotten })).toMatchObject(applied({ movedFrom: [] }));
      expect([await held(A), await held(B)]).toEqual([[], ['1']]);
    });

    it('changes nothing when it is removed again', async () => {
      await put(A, 10);
      await apply({ removals: { 1: stamp(A, 10) } });
      const meta = { ...applying().meta, lastSync: plusMs(applying().meta.lastSync, 60_000) };
      const again = await apply({ removals: { 1: stamp(A, 10) }, meta });
      expect(again).toMatchObject({ removed: 0 });
      // Unstamped, it may be in any segment.
      expect(again.commands).toBe(harness().segmented === true ? 7 : 4);
      await apply({ removals: { 1: stamp(A, 12) }, meta });
      expect(await locator()).toEqual({ partition: A.partition, stamp: stamp(A, 10), gone: LAST_SYNC });
    });

    it('leaves alone the locator of a record that has moved, and of one that is unknown', async () => {
      await put(A, 10);
      await put(B, 11);
      await apply({ removals: { 1: stamp(B, 11), 2: stamp(A, 5) } });
      expect(await locator()).toEqual({ partition: B.partition, stamp: stamp(B, 11) });
      expect(await harness().text(locatorOf('2'))).toBeUndefined();
    });

    it('still tells where a record was that came back before its first partition let go of it', async () => {
      await put(A, 10);
      await put(B, 11);
      await apply({ key: B, removals: { 1: stamp(B, 11) } });
      expect(await locator()).toMatchObject({ partition: B.partition, from: [A.partition], gone: LAST_SYNC });
      expect(await put(B, 12)).toMatchObject({ movedFrom: [{ record: '1', from: A.partition, stamp: stamp(B, 12) }] });
    });

    it('keeps none where there are no locators', async () => {
      await apply({ records: [record(A, '1', 10)], layout: PLAIN_LAYOUT });
      await apply({ removals: { 1: stamp(A, 10) }, layout: PLAIN_LAYOUT });
      expect((await harness().hash(stampsOf(A)))['1']).toBeUndefined();
      expect(await apply({ records: [record(A, '1', 10)], layout: PLAIN_LAYOUT })).toMatchObject(applied({ added: 1 }));
    });
  });

  describe.each([
    ['with locators', LAYOUT],
    ['without locators', PLAIN_LAYOUT],
  ])('records that are forgotten, %s', (_, layout) => {
    const forget = (second: number, order = 1) => apply({ forgotten: { 1: stamp(A, second, order) }, layout });
    const write = (second: number, changes: Partial<ApplyRequest> = {}) =>
      apply({ records: [record(A, '1', second)], layout, ...changes });
    const stored = async () => parseStoredStamp((await harness().hash(stampsOf(A)))['1'] ?? '');

    it('removes the record, and lets only what is newer in again', async () => {
      await write(10);
      expect(await forget(10)).toMatchObject(applied({ removed: 1, count: 0 }));
      expect(await held(A)).toEqual([]);
      expect(await stored()).toEqual({ stamp: stamp(A, 10), path: 'forgotten', at: applying().meta.lastSync });
      expect(await write(9)).toMatchObject(applied({ superseded: 1 }));
      expect(await write(10, { verify: true, order: 5 })).toMatchObject(applied({ superseded: 1, count: 0 }));
      expect(await write(11)).toMatchObject(applied({ added: 1, count: 1 }));
      expect(await stored()).toMatchObject({ stamp: stamp(A, 11), path: 'full' });
    });

    it('leaves a tombstone of a record that was not there', async () => {
      expect(await forget(10)).toMatchObject(applied({ removed: 0, count: 0 }));
      expect(await write(10)).toMatchObject(applied({ superseded: 1, count: 0 }));
    });

    it('keeps a record that is newer than the wish knows', async () => {
      await write(12);
      expect(await forget(11)).toMatchObject(applied({ count: 1 }));
      expect(await held(A)).toEqual(['1']);
    });

    it('changes nothing when it is repeated, and only ever rises', async () => {
      await write(10);
      await forget(10);
      const before = [await harness().hash(stampsOf(A)), await locator()];
      await forget(10);
      await forget(8);
      expect([await harness().hash(stampsOf(A)), await locator()]).toEqual(before);
      await forget(14);
      expect(await write(13)).toMatchObject(applied({ superseded: 1 }));
    });

    it('survives an ordinary removal', async () => {
      await forget(10);
      await apply({ removals: { 1: stamp(A, 10) }, layout });
      expect(await write(10)).toMatchObject(applied({ superseded: 1 }));
    });

    it('is in no count, no list, no digest', async () => {
      const { cache } = harness();
      await apply({ records: [record(A, '1', 5), record(A, '2', 5)], order: 3, scan: 'run', layout });
      await forget(5, 3);
      await apply({ records: [record(A, '2', 5)], order: 4, scan: 'other', layout });
      expect([...(await cache.stamps(A, layout)).keys()]).toEqual(['2']);
      expect(await cache.unseen(A, 'other', 9, 1, layout)).toEqual([]);
      expect(await cache.digests(A, layout)).toMatchObject({ count: 1, found: 1 });
      expect(await cache.examine(A, layout, {})).toEqual({ compared: 1, damaged: [], digestsHold: true });
    });
  });

  describe.each([
    ['with locators', LAYOUT],
    ['without locators', PLAIN_LAYOUT],
  ])('records that have left as their source says, %s', (_, layout) => {
    const left = (second: number, { order = 1, lasting = false, id = '1' } = {}) => ({
      [id]: { stamp: leftStamp({ ...record(A, id, second) }, order), lasting },
    });
    const leave = (...of: Parameters<typeof left>) => apply({ left: left(...of), layout });
    const write = (second: number, order = 1) => apply({ records: [record(A, '1', second)], layout, order });

    it('removes the record, and lets no version in that is as old', async () => {
      await write(10);
      expect(await leave(12)).toMatchObject(applied({ removed: 1, count: 0 }));
      expect(await held(A)).toEqual([]);
      expect(await write(11)).toMatchObject(applied({ superseded: 1, count: 0 }));
      expect(await write(12)).toMatchObject(applied({ superseded: 1, count: 0 }));
      expect(await write(13)).toMatchObject(applied({ added: 1, count: 1 }));
    });

    it('keeps a newer version, and at equal times what was read later', async () => {
      await write(12, 5);
      expect(await leave(11, { order: 9 })).toMatchObject(applied({ count: 1 }));
      expect(await leave(12, { order: 4 })).toMatchObject(applied({ count: 1 }));
      expect(await leave(12, { order: 6 })).toMatchObject(applied({ removed: 1, count: 0 }));
      expect(await write(12, 5)).toMatchObject(applied({ superseded: 1, count: 0 }));
      expect(await write(12, 7)).toMatchObject(applied({ added: 1, count: 1 }));
    });

    it('removes what comes in the same answer, unless that is newer', async () => {
      const both = { ...left(10), ...left(10, { id: '2' }) };
      expect(await apply({ records: [record(A, '1', 10), record(A, '2', 11)], left: both, layout })).toMatchObject(
        applied({ added: 2, removed: 1, count: 1 }),
      );
      expect(await held(A)).toEqual(['2']);
    });

    it('writes nothing about a record that was never here, unless older news may be on their way', async () => {
      await write(10);
      const all = async () => [await harness().hash(stampsOf(A)), await harness().text(locatorOf('2'))];
      const before = await all();
      await leave(10, { id: '2' });
      expect(await all()).toEqual(before);
      await leave(10, { id: '2', lasting: true });
      expect(await apply({ records: [record(A, '2', 9)], layout })).toMatchObject(applied({ superseded: 1, count: 1 }));
    });

    it('changes nothing when it is read again', async () => {
      await write(10);
      await leave(12);
      const before = [await harness().hash(stampsOf(A)), await locator()];
      await leave(12, { order: 8 });
      await leave(11, { order: 9, lasting: true });
      expect([await harness().hash(stampsOf(A)), await locator()]).toEqual(before);
    });

    it('is in no count, no list, no digest', async () => {
      const { cache } = harness();
      await apply({ records: [record(A, '1', 5), record(A, '2', 5)], layout });
      await leave(6);
      await leave(6, { id: '3', lasting: true });
      expect([...(await cache.stamps(A, layout)).keys()]).toEqual(['2']);
      expect(await cache.examine(A, layout, {})).toEqual({ compared: 1, damaged: [], digestsHold: true });
    });

    it('stays forgotten when it was forgotten too', async () => {
      await write(10);
      await apply({ forgotten: { 1: stamp(A, 10) }, left: left(12), layout });
      expect(parseStoredStamp((await harness().hash(stampsOf(A)))['1'] ?? '')).toMatchObject({ path: 'forgotten' });
      expect(await write(12)).toMatchObject(applied({ superseded: 1 }));
    });
  });

  describe.each([
    ['with locators', LAYOUT],
    ['without locators', PLAIN_LAYOUT],
  ])('excluded records, %s', (_, layout) => {
    const write = (second: number) => apply({ records: [record(A, '1', second)], layout });
    const exclude = () => apply({ forgotten: { 1: exclusionStamp(applying().meta.lastSync) }, layout });

    it('stay out in whatever version, until they are included', async () => {
      await write(10);
      expect(await exclude()).toMatchObject(applied({ removed: 1, count: 0 }));
      expect(await write(2_000_000_000)).toMatchObject(applied({ superseded: 1, count: 0 }));
      expect(await apply({ included: ['1'], layout })).toMatchObject(applied({ count: 0 }));
      expect(await write(10)).toMatchObject(applied({ added: 1, count: 1 }));
    });

    it('change nothing of others when they are included', async () => {
      await write(10);
      await apply({ forgotten: { 1: stamp(A, 10) }, layout });
      const before = [await harness().hash(stampsOf(A)), await locator()];
      await apply({ included: ['1', '2'], layout });
      expect([await harness().hash(stampsOf(A)), await locator()]).toEqual(before);
    });
  });

  describe('a record that has left from where another partition still holds it', () => {
    const left = (second: number) => ({ 1: { stamp: leftStamp(record(B, '1', second), 2), lasting: true } });

    it('is told of, until that partition has let go of it', async () => {
      await put(A, 10);
      const told = { removed: 0, movedFrom: [{ record: '1', from: A.partition, stamp: left(12)[1].stamp }] };
      expect(await apply({ key: B, left: left(12) })).toMatchObject(told);
      expect(await apply({ key: B, left: left(12) })).toMatchObject(told);
      expect(await put(B, 11)).toMatchObject(applied({ superseded: 1 }));
      await apply({ removals: { 1: left(12)[1].stamp } });
      expect(await apply({ key: B, left: left(12) })).toMatchObject({ movedFrom: [] });
      expect([await held(A), await held(B)]).toEqual([[], []]);
    });

    it('stays there in a newer version', async () => {
      await put(A, 13);
      expect(await apply({ key: B, left: left(12) })).toMatchObject(applied({ movedFrom: [] }));
      expect(await held(A)).toEqual(['1']);
    });
  });

  describe('a forgotten record that can move', () => {
    it('is kept out of every partition', async () => {
      await put(A, 10);
      await apply({ forgotten: { 1: stamp(A, 10) } });
      expect(await locator()).toEqual({ partition: A.partition, stamp: stamp(A, 10), gone: LAST_SYNC });
      expect(await put(B, 10, 9)).toMatchObject(applied({ superseded: 1, count: 0 }));
    });

    it('is kept out too where another partition had it last', async () => {
      await put(A, 10);
      await apply({ removals: { 1: stamp(A, 10) } });
      await apply({ key: B, forgotten: { 1: stamp(B, 12) } });
      expect(await locator()).toEqual({ partition: A.partition, stamp: stamp(B, 12), gone: LAST_SYNC });
      expect(await put(A, 11)).toMatchObject(applied({ superseded: 1, count: 0 }));
    });
  });
}
