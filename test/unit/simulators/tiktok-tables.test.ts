import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderArchive } from '../../simulators/tiktok-shop/order-archive.ts';
import { comparePlaces, type Row } from '../../simulators/tiktok-shop/rows.ts';
import { type Search, ShopTable } from '../../simulators/tiktok-shop/shop-table.ts';

const UNTIL = 1_795_000_000;
const ASCENDING: Search = { sortBy: 'update_time', descending: false };
const row = (id: string, updated: number): Row => ({ id, updated, created: 1, status: 'X', text: `{"id":"${id}"}` });

describe('the archive of orders', () => {
  it('is in order of update times, and finds each order by its id and each second by halves', () => {
    const archive = orderArchive(2_000, UNTIL);
    const orders = Array.from({ length: archive.size }, (_, index) => archive.at(index));
    expect(orders.map(({ id }) => archive.indexOf(id))).toEqual(orders.map((_, index) => index));
    expect(orders.toSorted(comparePlaces)).toEqual(orders);
    for (const { id, updated, text } of orders) expect(JSON.parse(text)).toMatchObject({ id, update_time: updated });
    expect(archive.indexOf('577087614418520388')).toBeUndefined();
    expect(archive.indexOf('5')).toBeUndefined();
  });

  it('says truly where a second begins', () => {
    const archive = orderArchive(500, UNTIL);
    const updated = Array.from({ length: 500 }, (_, index) => archive.at(index).updated);
    const span = fc.integer({ min: UNTIL - 500 * 97 - 500, max: UNTIL + 500 });
    fc.assert(
      fc.property(span, (second) => {
        const first = updated.findIndex((value) => value >= second);
        expect(archive.firstFrom(second)).toBe(first === -1 ? 500 : first);
      }),
    );
  });

  it('gives the same orders again', () => {
    expect(orderArchive(10, UNTIL).at(7).text).toBe(orderArchive(10, UNTIL).at(7).text);
  });
});

describe('a shop’s table', () => {
  it('shows what a list of everything, filtered and sorted, would show, page by page', () => {
    const edit = fc.record({
      index: fc.nat(79),
      updated: fc.integer({ min: UNTIL - 9_000, max: UNTIL }),
      gone: fc.boolean(),
    });
    const window = fc.tuple(
      fc.integer({ min: UNTIL - 9_000, max: UNTIL }),
      fc.integer({ min: UNTIL - 9_000, max: UNTIL }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), window, fc.integer({ min: 1, max: 9 }), (edits, bounds, size) => {
        const archive = orderArchive(70, UNTIL);
        const table = new ShopTable(archive);
        const model = new Map<string, Row>(
          Array.from({ length: 70 }, (_, index) => [archive.at(index).id, archive.at(index)]),
        );
        for (const { index, updated, gone } of edits) {
          // Some are in the archive, some are new.
          const id = index < 70 ? archive.at(index).id : String(900 + index);
          if (gone && model.has(id)) {
            table.delete(id, 0);
            model.delete(id);
          } else if (!gone) {
            table.put(row(id, updated), 0);
            model.set(id, row(id, updated));
          }
        }
        const [from, before] = bounds.toSorted((a, b) => a - b);
        const expected = [...model.values()]
          .filter(({ updated }) => updated >= (from ?? 0) && updated < (before ?? 0))
          .toSorted(comparePlaces)
          .map(({ id }) => id);
        const search = { ...ASCENDING, from: from ?? 0, before: before ?? 0 };
        expect(table.search(search, 0).count).toBe(expected.length);
        expect(table.size).toBe(model.size);
        const byPlace: string[] = [];
        const byCount: string[] = [];
        for (let place: Row | undefined; ; ) {
          const found = table.search(search, 0);
          const page = found.after(place, size);
          byPlace.push(...page.map(({ id }) => id));
          byCount.push(...found.skipping(byCount.length, size).map(({ id }) => id));
          place = page.at(-1);
          if (page.length < size) break;
        }
        expect(byPlace).toEqual(expected);
        expect(byCount).toEqual(expected);
        const backwards = table.search({ ...search, descending: true }, 0).after(undefined, 1_000);
        expect(backwards.map(({ id }) => id)).toEqual(expected.toReversed());
      }),
      { numRuns: 60 },
    );
  });

  it('shows a search the version before a write for as long as the index lags, and a detail the new one', () => {
    const archive = orderArchive(3, UNTIL);
    const table = new ShopTable(archive);
    const { id } = archive.at(1);
    table.put(row(id, UNTIL + 5), 1_000);
    table.put(row(id, UNTIL + 9), 2_000);
    table.put(row('5', UNTIL + 9), 2_000);
    const seen = (upTo: number) =>
      table
        .search(ASCENDING, upTo)
        .after(undefined, 9)
        .map((found) => [found.id, found.updated]);
    const others = [archive.at(0), archive.at(2)].map((order) => [order.id, order.updated]);
    expect(seen(999)).toEqual([others[0], [id, archive.at(1).updated], others[1]]);
    expect(seen(1_000)).toEqual([...others, [id, UNTIL + 5]]);
    expect(seen(2_000)).toEqual([...others, ['5', UNTIL + 9], [id, UNTIL + 9]]);
    expect(table.get(id)?.updated).toBe(UNTIL + 9);
  });

  it('serves pages of hundreds of thousands of orders without holding them', () => {
    const table = new ShopTable(orderArchive(314_200, UNTIL));
    const found = table.search({ ...ASCENDING, from: UNTIL - 20_000_000 }, 0);
    expect(found.count).toBeGreaterThan(200_000);
    const before = process.memoryUsage().heapUsed;
    for (let page = 0; page < 50; page += 1) expect(found.after(undefined, 101)).toHaveLength(101);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
  });
});
