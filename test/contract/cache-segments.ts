import { describe, expect, it } from 'vitest';
import { versionedRecordsKey } from '../../lib/domain/cache-layout.ts';
import type { SourceRecord } from '../../lib/domain/record.ts';
import { leftStamp } from '../../lib/domain/record.ts';
import type { ApplyRequest } from '../../lib/ports/cache-apply.ts';
import type { CacheHarness } from './cache-harness.ts';
import {
  A,
  applied,
  applying,
  B,
  LAYOUT,
  locatorOf,
  metaOf,
  PLAIN_LAYOUT,
  record,
  records,
  recordsOf,
  SEGMENTED_LAYOUT,
  segmented,
  stamped,
  stampsOf,
} from './cache-requests.ts';

const [JANUARY, FEBRUARY, MARCH] = ['2025-01', '2025-02', '2025-03'] as const;
const MONTHS = [JANUARY, FEBRUARY, MARCH] as const;

export function cacheSegments(harness: () => CacheHarness): void {
  const cache = () => harness().cache;
  const keyOf = (segment: string, version = 1) => versionedRecordsKey(A, { ...LAYOUT, version }, segment);
  const held = async (segment: string, version = 1) => Object.keys(await harness().hash(keyOf(segment, version)));
  const heldByMonth = () => Promise.all(MONTHS.map((month) => held(month)));
  const told = async () => (await harness().hash(metaOf(A))).segments;
  const locator = async () => JSON.parse((await harness().text(locatorOf('1'))) ?? 'null');
  const apply = (changes: Partial<ApplyRequest>) => cache().apply(applying({ layout: SEGMENTED_LAYOUT, ...changes }));
  const put = (list: readonly SourceRecord[], changes: Partial<ApplyRequest> = {}) =>
    apply({ records: list, ...changes });
  const one = (second: number, segment: string = JANUARY) => segmented(record(A, '1', second), segment);
  const perMonth = (second: number, count = 3) =>
    records(A, count, second).map((of, index) => segmented(of, MONTHS[index % MONTHS.length] ?? JANUARY));

  describe('segments', () => {
    it('keep each record under the key of its segment, and tell readers of all of them, sorted', async () => {
      await put([segmented(record(A, '3', 5), MARCH), one(5), segmented(record(A, '2', 5), '10')]);
      await put([segmented(record(A, '4', 5), FEBRUARY), segmented(record(A, '5', 5), JANUARY)]);
      expect(await heldByMonth()).toEqual([['1', '5'], ['4'], ['3']]);
      expect(await held('10')).toEqual(['2']);
      expect(await harness().hash(recordsOf(A))).toEqual({});
      expect(await harness().hash(metaOf(A))).toMatchObject({ count: '5', segments: '10,2025-01,2025-02,2025-03' });
    });

    it('are nothing to a stream that has none', async () => {
      await put([one(5)], { layout: LAYOUT });
      expect(Object.keys(await harness().hash(recordsOf(A)))).toEqual(['1']);
      expect(await told()).toBeUndefined();
      expect(Object.keys(await harness().hash(stampsOf(A)))).not.toContain('#segments');
    });

    it.each([
      ['one segment', 1, 5],
      ['three segments', 3, 7],
      ['ten segments', 10, 14],
    ])('cost a page of 1,000 changed records one command for each further one: %s', async (_, count, commands) => {
      const all = (second: number) =>
        records(A, 1_000, second).map((of, index) => segmented(of, `20${10 + (index % count)}`));
      const plain = { ...PLAIN_LAYOUT, segmented: true };
      for (const [layout, more] of [
        [plain, 0],
        [SEGMENTED_LAYOUT, 2],
      ] as const) {
        await harness().flush();
        await put(all(5), { layout });
        const before = await harness().billed();
        expect(await put(all(6), { layout, order: 2 })).toMatchObject({ updated: 1_000, commands: commands + more });
        expect((await harness().billed()) - before).toBe(commands + more);
      }
    });

    it('leave room for the stamps of a million records in one key of 100 MB', async () => {
      await put(perMonth(1_900_000_000, 1));
      const [[id, stored] = ['', '']] = Object.entries(await harness().hash(stampsOf(A))).filter(
        ([of]) => !of.startsWith('#'),
      );
      expect(`${id}${stored}`.length).toBeLessThan(100);
    });

    it('cost nothing where nothing has changed', async () => {
      await put(perMonth(5, 300));
      expect(await put(perMonth(5, 300))).toMatchObject({ unchanged: 300, commands: 3 });
    });

    it('can be as many as a page has records', async () => {
      const all = records(A, 1_000, 5).map((of, index) => segmented(of, String(index).padStart(4, '0')));
      expect(await put(all)).toMatchObject({ added: 1_000, count: 1_000 });
      expect(await held('0999')).toEqual([all[999]?.id]);
      expect(await cache().count(A, SEGMENTED_LAYOUT)).toBe(1_000);
      expect(await cache().drop(A, SEGMENTED_LAYOUT, 1)).toEqual({ outcome: 'dropped', removed: 1_000 });
      expect(await held('0999')).toEqual([]);
    });

    it('are found by a removal, which knows the id alone, for a second call that names them', async () => {
      await put([one(5), segmented(record(A, '2', 5), MARCH), segmented(record(A, '3', 5), MARCH)]);
      const before = await harness().billed();
      const removals = { 1: stamped(record(A, '1', 5), 1), 2: stamped(record(A, '2', 5), 1) };
      const reply = await apply({ removals });
      expect(reply).toMatchObject({ removed: 2, count: 1, commands: 2 + 9 });
      expect((await harness().billed()) - before).toBe(reply.commands);
      expect(await heldByMonth()).toEqual([[], [], ['3']]);
    });

    it('are found by what is forgotten, and by what has left as its source says', async () => {
      await put([one(5), segmented(record(A, '2', 5), MARCH)]);
      const left = { 2: { stamp: leftStamp({ ...record(A, '2', 6) }, 2), lasting: true } };
      expect(await apply({ forgotten: { 1: stamped(record(A, '1', 5), 1) }, left })).toMatchObject({ removed: 2 });
      expect(await heldByMonth()).toEqual([[], [], []]);
      expect(await put([one(5)])).toMatchObject({ superseded: 1, count: 0 });
    });

    it('let go of a record that its source names another for, though it has not changed', async () => {
      await put([one(5)]);
      expect(await put([one(5, MARCH)])).toMatchObject(applied({ unchanged: 1, count: 1 }));
      expect(await heldByMonth()).toEqual([[], [], ['1']]);
      expect(await put([one(6, FEBRUARY)], { order: 2 })).toMatchObject(applied({ updated: 1, count: 1 }));
      expect(await heldByMonth()).toEqual([[], ['1'], []]);
      expect(await cache().examine(A, SEGMENTED_LAYOUT, {})).toEqual({ compared: 1, damaged: [], digestsHold: true });
    });

    it('take records in that were kept without one', async () => {
      await put([one(5)], { layout: LAYOUT });
      expect(await put([one(5)])).toMatchObject(applied({ unchanged: 1, count: 1 }));
      expect(await harness().hash(recordsOf(A))).toEqual({});
      expect(await heldByMonth()).toEqual([['1'], [], []]);
    });

    it('stand in the locator, until the record is gone', async () => {
      await put([one(5)]);
      expect(await locator()).toEqual({
        partition: A.partition,
        stamp: stamped(record(A, '1', 5), 1),
        segment: JANUARY,
      });
      expect(await cache().locate(A, '1')).toMatchObject({ segment: JANUARY });
      await put([segmented(record(B, '1', 6), MARCH)], { key: B });
      expect(await locator()).toMatchObject({ partition: B.partition, segment: MARCH, from: [A.partition] });
      expect(await cache().drop(A, SEGMENTED_LAYOUT, 1)).toMatchObject({ removed: 1 });
      expect(await locator()).toEqual({ partition: B.partition, stamp: stamped(record(B, '1', 6), 1), segment: MARCH });
      await apply({ key: B, removals: { 1: stamped(record(B, '1', 6), 1) } });
      expect(await locator()).not.toHaveProperty('segment');
    });

    it('are looked into for one record', async () => {
      await put([one(5), segmented(record(A, '2', 5), MARCH)]);
      const before = await harness().billed();
      const inspect = () => cache().inspect(A, SEGMENTED_LAYOUT, '1');
      expect(await inspect()).toMatchObject({ stored: { segment: JANUARY }, body: 'intact' });
      expect((await harness().billed()) - before).toBe(3);
      await harness().dropField(stampsOf(A), '1');
      expect(await inspect()).toMatchObject({ body: 'altered' });
      await harness().dropField(keyOf(JANUARY), '1');
      expect(await inspect()).toMatchObject({ body: 'absent' });
    });

    it('change in one moment: a writer that is refused changes none of them (I4)', async () => {
      await put(perMonth(5), { fence: 3 });
      const everything = async () =>
        Promise.all([...MONTHS.map((month) => keyOf(month)), stampsOf(A)].map((key) => harness().hash(key)));
      const before = await everything();
      expect(await put(perMonth(6), { fence: 2, order: 2 })).toMatchObject({ outcome: 'fenced', commands: 2 });
      expect(await everything()).toEqual(before);
    });

    it('are remembered by what readers were told, when the stamps are lost', async () => {
      await put([one(5), segmented(record(A, '2', 5), MARCH)]);
      await harness().drop(stampsOf(A));
      expect(await put([one(6)], { create: false })).toMatchObject({ outcome: 'lost' });
      await put([one(6)], { order: 4, scan: 'run' });
      expect(await told()).toBe(`${JANUARY},${MARCH}`);
      const found = (await cache().unseen(A, 'run', 4, 1, SEGMENTED_LAYOUT)) ?? [];
      expect(found.map((version) => version.record)).toEqual(['2']);
      await apply({ removals: { 2: found[0]?.stamp ?? '' } });
      expect(await heldByMonth()).toEqual([['1'], [], []]);
    });

    it('are told again with the next news, when what readers were told is lost', async () => {
      await put([one(5)]);
      await harness().drop(metaOf(A));
      await put([segmented(record(A, '2', 5), MARCH)]);
      expect(await told()).toBe(`${JANUARY},${MARCH}`);
    });

    it('leave nothing behind when a partition is dropped that has lost its stamps', async () => {
      await put(perMonth(5));
      await harness().drop(stampsOf(A));
      expect(await cache().drop(A, LAYOUT, 1)).toEqual({ outcome: 'dropped', removed: 3 });
      expect(await heldByMonth()).toEqual([[], [], []]);
    });

    it('of a copy are dropped by who knows of none', async () => {
      await put(perMonth(5));
      let page = await cache().copy({ key: A, layout: SEGMENTED_LAYOUT, to: 2, fence: 2 });
      while (page.outcome === 'copied' && page.next !== undefined) {
        page = await cache().copy({ key: A, layout: SEGMENTED_LAYOUT, to: 2, fence: 2, cursor: page.next });
      }
      expect(await held(MARCH, 2)).toHaveLength(1);
      expect(await cache().dropCopy({ key: A, layout: LAYOUT, to: 2, fence: 2 })).toBe(true);
      expect(await held(MARCH, 2)).toEqual([]);
      expect(await held(MARCH)).toHaveLength(1);
    });

    it('are copied to another layout, written in both, and left behind, each of them', async () => {
      await put(perMonth(5));
      let page = await cache().copy({ key: A, layout: SEGMENTED_LAYOUT, to: 2, fence: 2 });
      await put([segmented(record(A, 'new', 5), '2024-12')], { fence: 2, beside: { version: 2, becomes: 'written' } });
      while (page.outcome === 'copied' && page.next !== undefined) {
        page = await cache().copy({ key: A, layout: SEGMENTED_LAYOUT, to: 2, fence: 2, cursor: page.next });
      }
      expect(page).toMatchObject({ outcome: 'copied', whole: true });
      const next = { ...SEGMENTED_LAYOUT, version: 2 };
      await apply({ layout: next, fence: 2, beside: { version: 1, becomes: 'dropped' } });
      expect(await heldByMonth()).toEqual([[], [], []]);
      expect(await Promise.all(['2024-12', ...MONTHS].map(async (month) => (await held(month, 2)).length))).toEqual([
        1, 1, 1, 1,
      ]);
      expect(keyOf(JANUARY, 2)).toBe(`${recordsOf(A)}:v2:${JANUARY}`);
      expect(await cache().digests(A, next)).toMatchObject({ count: 4, found: 4 });
    });
  });
}
