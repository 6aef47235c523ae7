import { describe, expect, it } from 'vitest';
import { bucketField } from '../../lib/domain/cache-layout.ts';
import { bucketOf, digestOf } from '../../lib/domain/digest.ts';
import { parseStamp } from '../../lib/domain/stamp.ts';
import { type CacheHarness, costOf } from './cache-harness.ts';
import {
  A,
  applying,
  B,
  LAYOUT,
  locatorOf,
  metaOf,
  record,
  records,
  recordsOf,
  stamped,
  stampsOf,
} from './cache-requests.ts';

export function cacheAudits(harness: () => CacheHarness): void {
  const cache = () => harness().cache;
  const put = (seconds: Readonly<Record<string, number>>, order = 1) =>
    cache().apply(applying({ records: Object.entries(seconds).map(([id, second]) => record(A, id, second)), order }));
  const digestsOfStamps = async () => {
    const stamps = await cache().stamps(A, LAYOUT);
    return digestOf(
      [...stamps].flatMap(([id, { stamp }]) => {
        const parts = parseStamp(stamp);
        return parts === undefined ? [] : [[id, parts] as const];
      }),
    );
  };
  const examine = (sample?: number) => cache().examine(A, LAYOUT, sample === undefined ? {} : { sample });
  const sound = { damaged: [], digestsHold: true };

  describe('what is stored of some records', () => {
    it('is theirs alone, tombstones included, for one command', async () => {
      await put({ 1: 10, 2: 10, 3: 10, ключ: 10 });
      const erased = { 2: stamped(record(A, '2', 11), 2) };
      await cache().apply(applying({ forgotten: erased, order: 2 }));
      const all = await cache().stamps(A, LAYOUT);
      const before = await harness().billed();
      const stored = await cache().storedStamps(A, ['ключ', '9', '2', '1']);
      expect((await harness().billed()) - before).toBe(1);
      expect([...stored.keys()].toSorted()).toEqual(['1', '2', 'ключ']);
      expect([stored.get('1'), stored.get('ключ')]).toEqual([all.get('1'), all.get('ключ')]);
      expect(stored.get('2')).toMatchObject({ path: 'forgotten', stamp: erased[2] });
    });

    it('of none is nothing, for no command', async () => {
      const before = await harness().billed();
      expect((await cache().storedStamps(A, [])).size).toBe(0);
      expect((await cache().storedStamps(B, ['1'])).size).toBe(0);
      expect((await harness().billed()) - before).toBe(1);
    });
  });

  describe('digests', () => {
    it('are those of the stamps, whatever was added, replaced and removed, for two commands', async () => {
      await put({ 1: 10, 2: 10, 3: 10, ключ: 10 });
      await put({ 1: 11, 2: 9, 4: 10 }, 2);
      await cache().apply(applying({ removals: { 3: stamped(record(A, '3', 10), 1) } }));
      const buckets = await digestsOfStamps();
      const before = await harness().billed();
      expect(await cache().digests(A, LAYOUT)).toEqual({ count: 4, found: 4, buckets });
      expect(costOf(harness(), (await harness().billed()) - before, 2)).toBe(2);
    });

    it('are equal for equal records, in whatever order they came', async () => {
      await put({ 1: 10, 2: 10, 3: 10 });
      const first = await cache().digests(A, LAYOUT);
      await harness().flush();
      await put({ 3: 10, 1: 9 }, 7);
      await put({ 2: 10, 1: 10 }, 8);
      expect(await cache().digests(A, LAYOUT)).toEqual(first);
    });

    it('tell how many records readers find of those that were written', async () => {
      await put({ 1: 10, 2: 10 });
      await harness().dropField(recordsOf(A), '1');
      expect(await cache().digests(A, LAYOUT)).toMatchObject({ count: 2, found: 1 });
    });

    it('are unknown of a partition that the cache does not know', async () => {
      expect(await cache().digests(A, LAYOUT)).toBeUndefined();
    });
  });

  describe('stamps', () => {
    it('are given with how and when they were written last', async () => {
      const at = applying().meta.lastSync;
      await put({ 1: 10 });
      await cache().apply(applying({ records: [record(A, '1', 10), record(A, '2', 10)], order: 2, path: 'inline' }));
      expect(Object.fromEntries(await cache().stamps(A, LAYOUT))).toEqual({
        1: { stamp: stamped(record(A, '1', 10), 1), path: 'full', at },
        2: { stamp: stamped(record(A, '2', 10), 2), path: 'inline', at },
      });
    });

    it('say that a body was repaired', async () => {
      await put({ 1: 10 });
      await harness().dropField(recordsOf(A), '1');
      await cache().apply(applying({ records: [record(A, '1', 10)], verify: true, path: 'repair' }));
      expect((await cache().stamps(A, LAYOUT)).get('1')).toMatchObject({ path: 'repair' });
    });

    it('that cannot be read are older than any, and are written anew', async () => {
      await put({ 1: 10 });
      await harness().setField(stampsOf(A), '1', 'nonsense');
      expect(parseStamp((await cache().stamps(A, LAYOUT)).get('1')?.stamp ?? '')).toMatchObject({
        modified: 0,
        order: 0,
      });
      expect(await put({ 1: 10 })).toMatchObject({ updated: 1, count: 1 });
    });
  });

  describe('examining', () => {
    it('finds nothing wrong with what is whole', async () => {
      await cache().apply(applying({ records: records(A, 1_200, 5) }));
      expect(await examine()).toEqual({ compared: 1_200, ...sound });
      expect(await examine(5_000)).toEqual({ compared: 1_200, ...sound });
      expect(await examine(30)).toEqual({ compared: 30, ...sound });
    });

    it('finds nothing wrong with a partition that is empty or unknown', async () => {
      expect(await examine()).toEqual({ compared: 0, ...sound });
      await cache().apply(applying());
      expect(await examine(10)).toEqual({ compared: 0, ...sound });
    });

    it('finds what is lost, unstamped and altered', async () => {
      await put({ 1: 10, 2: 10, 3: 10, 4: 10 });
      await harness().dropField(recordsOf(A), '1');
      await harness().dropField(stampsOf(A), '2');
      await harness().setField(recordsOf(A), '3', '{"spoilt":true}');
      const { compared, damaged, digestsHold } = await examine();
      expect(damaged.toSorted((a, b) => a.record.localeCompare(b.record))).toEqual([
        { record: '1', damage: 'lost' },
        { record: '2', damage: 'unstamped' },
        { record: '3', damage: 'altered' },
      ]);
      expect({ compared, digestsHold }).toEqual({ compared: 3, digestsHold: false });
    });

    it('compares everything where a sample would do but the numbers differ', async () => {
      await cache().apply(applying({ records: records(A, 50, 5) }));
      await harness().dropField(recordsOf(A), records(A, 50, 5)[7]?.id ?? '');
      expect(await examine(1)).toMatchObject({ compared: 49, damaged: [{ damage: 'lost' }], digestsHold: true });
    });

    it('notices a digest that is not that of the stamps', async () => {
      await put({ 1: 10, 2: 10 });
      await harness().setField(stampsOf(A), bucketField(bucketOf('1')), '0'.repeat(24));
      expect(await examine(1)).toEqual({ compared: 2, damaged: [], digestsHold: false });
    });

    it('takes a body whose lone surrogates were escaped for what was written', async () => {
      await cache().apply(applying({ records: [{ ...record(A, '1', 5), body: '{"name":"\ud800"}' }] }));
      expect(await examine()).toEqual({ compared: 1, ...sound });
    });
  });

  describe('restating', () => {
    it('makes count and digests those of what readers find', async () => {
      await put({ 1: 10, 2: 10, 3: 10 });
      await harness().dropField(recordsOf(A), '1');
      await harness().dropField(stampsOf(A), '2');
      const before = await harness().billed();
      const restated = await cache().restate(A, LAYOUT, 1);
      expect(restated).toMatchObject({ outcome: 'restated', count: 1 });
      expect((await harness().billed()) - before).toBe(restated.commands);
      expect([...(await cache().stamps(A, LAYOUT)).keys()]).toEqual(['3']);
      expect(await cache().digests(A, LAYOUT)).toEqual({ count: 1, found: 2, buckets: await digestsOfStamps() });
      expect(await harness().hash(metaOf(A))).toMatchObject({ count: '1' });
      expect(await examine()).toMatchObject({ damaged: [{ record: '2', damage: 'unstamped' }], digestsHold: true });
    });

    it('leaves bodies and tombstones as they are', async () => {
      await put({ 1: 10, 2: 10 });
      await cache().apply(applying({ forgotten: { 1: stamped(record(A, '1', 10), 1) } }));
      const before = [await harness().hash(recordsOf(A)), (await harness().hash(stampsOf(A)))['1']];
      await cache().restate(A, LAYOUT, 1);
      expect([await harness().hash(recordsOf(A)), (await harness().hash(stampsOf(A)))['1']]).toEqual(before);
    });

    it('is refused under an old fence, and keeps a new one (I4)', async () => {
      await cache().apply(applying({ records: [record(A, '1', 10)], fence: 5 }));
      await harness().dropField(recordsOf(A), '1');
      const before = await harness().hash(stampsOf(A));
      expect(await cache().restate(A, LAYOUT, 4)).toMatchObject({ outcome: 'fenced' });
      expect(await harness().hash(stampsOf(A))).toEqual(before);
      expect(await cache().restate(A, LAYOUT, 7)).toMatchObject({ outcome: 'restated', count: 0 });
      expect(await cache().apply(applying({ fence: 6 }))).toMatchObject({ outcome: 'fenced' });
    });

    it('says that a partition whose stamps are gone is lost', async () => {
      await put({ 1: 10 });
      await harness().drop(stampsOf(A));
      expect(await cache().restate(A, LAYOUT, 1)).toMatchObject({ outcome: 'lost' });
      expect(await harness().hash(stampsOf(A))).toEqual({});
    });
  });

  describe('looking at one record', () => {
    const entry = (key = A) => cache().inspect(key, LAYOUT, '1');
    const stamp = stamped(record(A, '1', 10), 1);

    it('gives what is stored, how the body is, and where the record is, for three commands', async () => {
      await put({ 1: 10 });
      const before = await harness().billed();
      expect(await entry()).toEqual({
        stored: { stamp, path: 'full', at: applying().meta.lastSync },
        body: 'intact',
        locator: { partition: A.partition, stamp },
      });
      expect((await harness().billed()) - before).toBe(3);
      expect(await entry(B)).toEqual({ body: 'absent', locator: { partition: A.partition, stamp } });
    });

    it('tells lost and altered bodies', async () => {
      await put({ 1: 10 });
      await harness().setField(recordsOf(A), '1', '{}');
      expect(await entry()).toMatchObject({ stored: { stamp }, body: 'altered' });
      await harness().dropField(recordsOf(A), '1');
      expect(await entry()).toMatchObject({ stored: { stamp }, body: 'absent' });
    });

    it('gives tombstones', async () => {
      await cache().apply(applying({ forgotten: { 1: stamp } }));
      const { lastSync } = applying().meta;
      expect(await entry()).toEqual({
        stored: { stamp, path: 'forgotten', at: lastSync },
        body: 'absent',
        locator: { partition: A.partition, stamp, gone: lastSync },
      });
    });

    it('locates a record wherever it is, for one command', async () => {
      await put({ 1: 10 });
      const before = await harness().billed();
      expect(await cache().locate(A, '1')).toEqual({ partition: A.partition, stamp });
      expect((await harness().billed()) - before).toBe(1);
      expect(await cache().locate(A, '2')).toBeUndefined();
      await harness().setText(locatorOf('1'), 'nonsense');
      expect(await cache().locate(A, '1')).toBeUndefined();
    });

    it('locates many records for one command, and none for none', async () => {
      await put({ 1: 10 });
      await harness().setText(locatorOf('3'), 'nonsense');
      const before = await harness().billed();
      expect(await cache().locateAll(A, ['2', '1', '3'])).toEqual(new Map([['1', { partition: A.partition, stamp }]]));
      expect((await harness().billed()) - before).toBe(1);
      expect(await cache().locateAll(A, [])).toEqual(new Map());
      expect((await harness().billed()) - before).toBe(1);
    });
  });

  describe('the records of a partition, page by page', () => {
    it('are all that readers find, with what is stored beside them', async () => {
      const many = records(A, 1_200, 10);
      await cache().apply(applying({ records: many }));
      await harness().dropField(stampsOf(A), many[0]?.id ?? '');
      const found = new Map<string, string>();
      const paths: (string | undefined)[] = [];
      for await (const page of cache().pages(A, LAYOUT)) {
        for (const { id, body, stored } of page) {
          found.set(id, body);
          paths.push(stored?.path);
        }
      }
      expect(found).toEqual(new Map(many.map(({ id, body }) => [id, body])));
      expect(paths.filter((path) => path === undefined)).toHaveLength(1);
      expect(new Set(paths)).toEqual(new Set(['full', undefined]));
    });

    it('are those of every segment, and none of a partition that is not there', async () => {
      const layout = { ...LAYOUT, segmented: true };
      const cut = [record(A, '1', 10), { ...record(A, '2', 10), segment: '2025-01' }];
      await cache().apply(applying({ records: cut, layout }));
      const idsOf = async (key: typeof A) => {
        const ids: string[] = [];
        for await (const page of cache().pages(key, layout)) ids.push(...page.map(({ id }) => id));
        return ids.toSorted();
      };
      expect(await idsOf(A)).toEqual(['1', '2']);
      expect(await idsOf(B)).toEqual([]);
    });
  });
}
