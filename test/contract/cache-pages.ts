import { describe, expect, it } from 'vitest';
import type { ApplyRequest } from '../../lib/ports/cache-apply.ts';
import { type CacheHarness, costOf } from './cache-harness.ts';
import { A, applied, applying, LAYOUT, PLAIN_LAYOUT, record, records, stamped } from './cache-requests.ts';

export function cachePages(harness: () => CacheHarness): void {
  /** Commands of a request in a partition that holds 1,000 records, as told and as billed. */
  async function commandsOf(request: Partial<ApplyRequest>): Promise<number> {
    const { cache } = harness();
    const { layout = LAYOUT } = request;
    await cache.apply(applying({ records: records(A, 1_000, 5), layout }));
    const before = await harness().billed();
    const { commands } = await cache.apply(applying({ create: false, order: 2, ...request }));
    expect((await harness().billed()) - before).toBe(commands);
    return commands;
  }
  const changed = records(A, 1_000, 6);
  const removals = Object.fromEntries(records(A, 100, 5).map((gone) => [gone.id, stamped(gone, 1)]));

  describe('commands', () => {
    it.each([
      ['1,000 changed records', 5, { records: changed, layout: PLAIN_LAYOUT }],
      ['1,000 changed records with locators', 7, { records: changed }],
      ['1,000 changed records under a new fence', 5, { records: changed, layout: PLAIN_LAYOUT, fence: 2 }],
      ['changes and removals', 7, { records: changed.slice(100), removals, layout: PLAIN_LAYOUT }],
      ['changes and removals with locators', 9, { records: changed.slice(100), removals }],
      ['a scan, first page', 7, { records: changed, scan: 'run', layout: PLAIN_LAYOUT }],
      ['nothing changed', 2, { records: records(A, 1_000, 5), layout: PLAIN_LAYOUT }],
      ['nothing changed under a new fence', 3, { records: records(A, 1_000, 5), layout: PLAIN_LAYOUT, fence: 2 }],
      ['nothing changed under a new fence, with locators', 4, { records: records(A, 1_000, 5), fence: 2 }],
      ['a page that is fenced', 2, { records: changed, fence: 0 }],
    ] as const)('spends on %s: %i', async (_, commands, request) => {
      expect(costOf(harness(), await commandsOf(request), commands)).toBe(commands);
    });
  });

  describe('pages', () => {
    it('cuts a request by count and adds its pages up', async () => {
      await harness().cache.apply(applying());
      const reply = await harness().cache.apply(applying({ records: records(A, 2_500, 5), layout: PLAIN_LAYOUT }));
      expect(reply).toMatchObject(applied({ added: 2_500, count: 2_500 }));
      expect(costOf(harness(), reply.commands / 3, 5)).toBe(5);
    });

    it('cuts a request by bytes, as they travel', async () => {
      const text = '"'.repeat(700_000);
      const big = Array.from({ length: 6 }, (_, index) => record(A, String(index), 5, text));
      await harness().cache.apply(applying());
      const reply = await harness().cache.apply(applying({ records: big, layout: PLAIN_LAYOUT }));
      expect(reply).toMatchObject(applied({ added: 6, count: 6 }));
      expect(costOf(harness(), reply.commands / 3, 5)).toBe(5);
    });

    it('leaves out a record that no request can carry, and tells so; a scan has seen it all the same', async () => {
      const { cache } = harness();
      await cache.apply(applying({ records: [record(A, 'huge', 5)] }));
      const huge = record(A, 'huge', 6, 'x'.repeat(8_000_001));
      const reply = await cache.apply(applying({ records: [huge, record(A, 'small', 6)], order: 2, scan: 'run' }));
      expect(reply).toMatchObject(applied({ added: 1, count: 2, tooLarge: ['huge'] }));
      expect(await cache.unseen(A, 'run', 2, 2, LAYOUT)).toEqual([]);
    });

    it('removes more than a page holds', async () => {
      const all = records(A, 2_100, 5);
      await harness().cache.apply(applying({ records: all }));
      const every = Object.fromEntries(all.map((gone) => [gone.id, stamped(gone, 1)]));
      expect(await harness().cache.apply(applying({ removals: every }))).toMatchObject(
        applied({ removed: 2_100, count: 0 }),
      );
    });
  });
}
