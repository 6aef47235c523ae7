import { beforeEach, describe, expect, it } from 'vitest';
import { CLEANED_AT_ONCE, cleanDuplicates, findDuplicates } from '../../../lib/sync/find-duplicates.ts';
import { World } from '../../support/world.ts';

const SHELF = 'a';

describe.each([false, true])('duplicates in a partition, cut into segments: %s', (segmented) => {
  let world: World;

  beforeEach(() => {
    world = new World({ identified: true, segmented });
  });

  async function load(titles: readonly string[]): Promise<void> {
    for (const [index, title] of titles.entries()) {
      world.server.put(`book-${String(index).padStart(3, '0')}`, SHELF, title);
      world.clock.advance(2_000);
    }
    world.clock.advance(60_000);
    await world.load();
  }

  async function target() {
    const [connection] = (await world.sources.list()).open;
    const stream = connection?.streams[0];
    if (connection === undefined || stream === undefined) throw new Error('there is no stream');
    return { connection, stream };
  }

  const find = async () => findDuplicates(world.ports, await target(), SHELF);
  const clean = async () => {
    const cleaned = await cleanDuplicates(world.ports, await target(), SHELF);
    await world.drain();
    return cleaned;
  };
  const ids = () => [...world.cached(SHELF).keys()].toSorted();

  it('are found by what they stand for, and the one that changed last is kept', async () => {
    await load(['moby dick', 'emma', 'moby dick', 'ulysses', 'moby dick']);
    const found = await find();
    expect(found).toMatchObject({ examined: 5, truncated: false });
    const groups = found?.groups.map(({ keep, others }) => [keep.id, ...others.map(({ id }) => id)]);
    expect(groups).toEqual([['book-004', 'book-002', 'book-000']]);
    expect(ids()).toHaveLength(5);
  });

  it('are excluded by a cleaning, and no read brings them back', async () => {
    await load(['moby dick', 'emma', 'moby dick']);
    expect(await clean()).toMatchObject({ excluded: ['book-000'], left: 0 });
    expect(ids()).toEqual(['book-001', 'book-002']);
    world.server.put('book-000', SHELF, 'moby dick');
    await world.cycle();
    expect(ids()).toEqual(['book-001', 'book-002']);
    expect((await find())?.groups).toEqual([]);
    expect(await clean()).toMatchObject({ excluded: [], left: 0 });
  });

  it('are excluded some at a time when they are many', async () => {
    await load(Array.from({ length: CLEANED_AT_ONCE + 6 }, () => 'moby dick'));
    expect(await clean()).toMatchObject({ left: 5 });
    expect(await clean()).toMatchObject({ left: 0 });
    expect(ids()).toEqual([`book-0${CLEANED_AT_ONCE + 5}`]);
  });

  it('are none where records have no identity but their id', async () => {
    world = new World({ segmented });
    await load(['moby dick', 'moby dick']);
    expect(await find()).toBeUndefined();
    expect(await clean()).toBeUndefined();
  });
});
