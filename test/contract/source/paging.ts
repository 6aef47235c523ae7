import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { SourceFailure, type SourcePage } from '../../../lib/ports/source.ts';
import type { MakeVendor } from '../../simulators/simulated-vendor.ts';
import { present } from '../../support/present.ts';
import { Mirror } from './mirror.ts';
import { OVERLAP_MS, SourceWorld } from './source-world.ts';

const RECORDS = 20;
const CURSOR_BYTES = 1_024;

export function pagingLaws(make: MakeVendor, stream: string): void {
  const begin = (): Promise<SourceWorld> => SourceWorld.begin(make, { stream, pageSize: 3 });

  describe('paging', () => {
    it('reaches every record, and its cursors are small', async () => {
      const world = await begin();
      world.fill(RECORDS);
      const { records, pages } = await world.walkAll();
      expect(new Set(records.map(({ id }) => id))).toEqual(new Set(world.truth().keys()));
      for (const { next = '' } of pages) expect(Buffer.byteLength(next)).toBeLessThanOrEqual(CURSOR_BYTES);
    });

    it('numbers its pages in the order in which they were read', async () => {
      const world = await begin();
      world.fill(RECORDS);
      const orders = (await world.walkAll()).pages.map(({ order }) => order);
      expect(orders).toEqual([...new Set(orders)].toSorted((a, b) => a - b));
    });

    it('tells truly how many there are, where it tells', async () => {
      const world = await begin();
      world.fill(RECORDS);
      for (const query of world.queries()) {
        const { pages, records } = await world.walk(query);
        const { total } = present(pages[0], 'a page');
        const size = new Set(records.map(({ id }) => id)).size;
        expect([undefined, size]).toContain(total);
      }
    });

    it('loses none of many records that changed at one instant', async () => {
      const world = await begin();
      const ids = Array.from({ length: RECORDS }, () => world.stream.insert(world.partition(0)));
      world.clock.advance(60_000);
      const since = plusMs(world.clock.now(), -OVERLAP_MS);
      for (const query of [{ partition: world.partition(0) }, { partition: world.partition(0), since }]) {
        const { records } = await world.walk(query);
        expect(new Set(records.map(({ id }) => id))).toEqual(new Set(ids));
      }
    });

    it('goes on from any cursor, in another process, to everything that is left', async () => {
      const world = await begin();
      world.fill(RECORDS);
      for (const query of world.queries()) {
        const { pages } = await world.walk(query);
        for (const [index, { next }] of pages.entries()) {
          if (next === undefined) continue;
          await world.openAnew();
          const rest = await world.walk(query, next);
          const all = [...pages.slice(0, index + 1), ...rest.pages];
          expect(idsOf(all)).toEqual(idsOf(pages));
        }
      }
    });

    it('over records that change meanwhile, followed by a delta, leaves nothing out', async () => {
      const world = await begin();
      world.fill(RECORDS);
      const mirror = new Mirror();
      world.vendor.beforePage = editing(world);
      const { pages, startedAt } = await world.walkAll();
      mirror.applyAll(pages);
      world.vendor.beforePage = () => {};
      world.clock.advance(60_000);
      mirror.applyAll((await world.walkAll(plusMs(startedAt, -OVERLAP_MS))).pages);
      expect(mirror.records()).toEqual(world.truth());
    });

    it('reads everything though its cursors expire on the way', async () => {
      const world = await begin();
      world.fill(RECORDS);
      const mirror = new Mirror();
      for (const query of world.queries()) {
        const first = await world.page(query);
        mirror.apply(first);
        world.vendor.expireCursors();
        mirror.applyAll(await goOnOrBeginAgain(world, query, first.next));
      }
      expect(mirror.records()).toEqual(world.truth());
    });
  });
}

function idsOf(pages: readonly SourcePage[]): ReadonlySet<string> {
  return new Set(pages.flatMap(({ records }) => records.map(({ id }) => id)));
}

/** Before each page one record is edited and now and then one is added. */
function editing(world: SourceWorld): () => void {
  let pages = 0;
  return () => {
    pages += 1;
    // Enough to be paged over, and not for ever.
    if (pages > 2 * RECORDS) return;
    world.clock.advance(1_500);
    const records = world.stream.records();
    world.stream.edit(present(records[(pages * 7) % records.length], 'a record').id);
    if (pages % 4 === 0) world.stream.insert(world.partition(pages));
  };
}

async function goOnOrBeginAgain(
  world: SourceWorld,
  query: Parameters<SourceWorld['walk']>[0],
  next: string | undefined,
): Promise<readonly SourcePage[]> {
  if (next === undefined) return [];
  try {
    return (await world.walk(query, next)).pages;
  } catch (error) {
    if (!(error instanceof SourceFailure) || error.code !== 'source-cursor-expired') throw error;
    return (await world.walk(query)).pages;
  }
}
