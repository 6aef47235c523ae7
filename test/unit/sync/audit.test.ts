import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { auditItem, partitionKey, WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { LIBRARY, World } from '../../support/world.ts';

const DAY_MS = 86_400_000;

async function loaded(books: number, shelf = 'a'): Promise<World> {
  const world = new World();
  for (let book = 0; book < books; book += 1) insert(world, `book-${book}`, shelf);
  await world.load();
  return world;
}

/** Records that appear with an old modified time: no delta ever asks for them. */
function insert(world: World, id: string, shelf = 'a'): void {
  world.server.put(id, shelf, `text of ${id}`, plusMs(world.server.now(), -DAY_MS));
}

function reportOf(world: World, shelf = 'a') {
  return world.drift.read(partitionKey(LIBRARY, shelf));
}

describe('an audit', () => {
  it('finds the 64 of 2,419 records that never arrived, by their ids, and fetches no others', async () => {
    const world = await loaded(2_355);
    const late = Array.from({ length: 64 }, (_, index) => `late-${String(index).padStart(2, '0')}`);
    for (const id of late) insert(world, id);
    await world.cycle();
    expect(world.cached('a').size).toBe(2_355);
    const before = world.server.requests.length;

    const run = await world.audit({ repair: true });

    expect(run).toMatchObject({
      state: 'ended',
      outcome: 'succeeded',
      drift: { missing: 64, stale: 0, extra: 0, corrupt: 0 },
    });
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    const report = await reportOf(world);
    expect(report?.ids.missing.toSorted()).toEqual(late);
    expect(report).toMatchObject({ repaired: true, swept: 2_419, sourceCalls: 1 });
    const asked = world.server.requests.slice(before);
    const bodies = asked.filter(({ searchParams }) => searchParams.get('fields') === null);
    expect(bodies.map(({ searchParams }) => searchParams.get('ids')?.split(',').length)).toEqual([64]);
    expect(asked.length - bodies.length).toBe(3);
    // Nothing is left to be found.
    expect(await world.audit()).toMatchObject({ drift: { missing: 0, stale: 0, extra: 0, corrupt: 0 } });
  });

  it('removes what no message brings back that was read before, in whatever version', async () => {
    const world = await loaded(30);
    world.server.put('book-7', 'a', 'edited');
    world.clock.advance(300_000);
    await world.plan();
    const late = world.take();
    expect(late).toHaveLength(1);
    world.server.remove('book-7');
    await world.audit();
    for (const task of late) await world.deliver(task);
    await world.drain();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('only reports when repairing is not wanted', async () => {
    const world = await loaded(30);
    insert(world, 'late');
    world.server.remove('book-3');
    const run = await world.audit({ repair: false });
    expect(run).toMatchObject({ drift: { missing: 1, extra: 1 } });
    expect((await reportOf(world))?.ids).toEqual({ missing: ['late'], stale: [], extra: ['book-3'], corrupt: [] });
    expect(world.cached('a').has('late')).toBe(false);
    expect(world.cached('a').has('book-3')).toBe(true);
  });

  it('counts a difference once, however often it is interrupted and looks at the same partitions again', async () => {
    const world = new World();
    for (const shelf of ['a', 'b', 'c']) for (const book of [1, 2, 3]) insert(world, `${shelf}-${book}`, shelf);
    await world.load();
    for (const shelf of ['a', 'b', 'c']) world.server.remove(`${shelf}-2`);
    const put = world.drift.put.bind(world.drift);
    let interruptions = 2;
    world.drift.put = async (report) => {
      if (report.partition === 'c' && interruptions > 0) {
        interruptions -= 1;
        throw new Error('interrupted');
      }
      return put(report);
    };

    const { run } = await world.partitions.requestForce(partitionKey(LIBRARY, auditItem(WHOLE_STREAM)), 'run-1');
    const task = { ...LIBRARY, partition: WHOLE_STREAM, task: 'audit', run } as const;
    for (const _delivery of [1, 2, 3]) await world.deliver(task);

    for (const shelf of ['a', 'b', 'c']) {
      expect(await reportOf(world, shelf)).toMatchObject({
        counts: { missing: 0, stale: 0, extra: 1, corrupt: 0 },
        ids: { extra: [`${shelf}-2`] },
        swept: 2,
      });
    }
  });

  it('removes what the source no longer has, after asking for it by id', async () => {
    const world = await loaded(30);
    for (const id of ['book-3', 'book-4']) world.server.remove(id);
    expect(await world.audit()).toMatchObject({ outcome: 'succeeded', drift: { extra: 2 } });
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('holds more deletions than the brake allows, as a plan', async () => {
    const world = await loaded(60);
    for (let book = 0; book < 25; book += 1) world.server.remove(`book-${book}`);
    expect(await world.audit()).toMatchObject({ outcome: 'partial', heldDeletions: 25 });
    expect(world.cached('a').size).toBe(60);
    const [plan] = await world.plans.list({ connection: LIBRARY.connection, limit: 10 });
    expect(plan).toMatchObject({
      partition: 'a',
      reason: 'absent',
      rule: 'share-of-partition',
      removals: 25,
      state: 'held',
    });
    expect(await reportOf(world)).toMatchObject({ repaired: false, counts: { extra: 25 } });
  });

  it('writes what is stale', async () => {
    const world = await loaded(30);
    world.server.put('book-7', 'a', 'changed long ago', plusMs(world.server.now(), -DAY_MS / 2));
    expect(await world.audit()).toMatchObject({ drift: { stale: 1 } });
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('leaves to the next delta what has only just changed', async () => {
    const world = await loaded(30);
    world.server.put('fresh', 'a', 'new');
    expect(await world.audit()).toMatchObject({ drift: { missing: 0 } });
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('finds entries that were lost, altered or half lost inside the cache, and restores them', async () => {
    const world = await loaded(40);
    const { keys } = world.cache;
    keys.dropField('cache:shelf:a:books', 'book-1');
    keys.setField('cache:shelf:a:books', 'book-2', '{"tampered":true}');
    keys.dropField('tidemark:stamps:library:books:a', 'book-3');
    const run = await world.audit();
    expect(run).toMatchObject({ outcome: 'succeeded', drift: { corrupt: 3 } });
    expect((await reportOf(world))?.ids.corrupt.toSorted()).toEqual(['book-1', 'book-2', 'book-3']);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect(await world.audit()).toMatchObject({ drift: { corrupt: 0, missing: 0, extra: 0, stale: 0 } });
    expect((await world.partition('a'))?.count).toBe(40);
  });

  it('reads a partition as a whole when the cache no longer knows it', async () => {
    const world = await loaded(40);
    world.cache.keys.drop('tidemark:stamps:library:books:a');
    await world.audit();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect(await world.audit()).toMatchObject({ outcome: 'succeeded', drift: { missing: 0, corrupt: 0 } });
  });

  it('finds a partition that nobody has heard of', async () => {
    const world = await loaded(10);
    insert(world, 'far', 'z');
    await world.audit();
    expect(world.cached('z')).toEqual(world.server.truth('z'));
  });

  it('costs one source call and a handful of commands where nothing differs', async () => {
    const world = await loaded(500);
    const calls = world.server.requests.length;
    expect(await world.audit()).toMatchObject({ outcome: 'succeeded', ledger: { pages: 1 } });
    expect(world.server.requests.length - calls).toBe(1);
    expect((await reportOf(world))?.cacheCommands).toBeLessThanOrEqual(4);
  });

  it('sweeps again when the cache forgot what the sweep had seen', async () => {
    const world = await loaded(30);
    world.server.pageSize = 10;
    insert(world, 'late');
    let forgotten = false;
    world.server.beforePage = (page) => {
      if (forgotten || page < 3) return;
      forgotten = true;
      for (const name of world.cache.keys.names()) if (name.startsWith('tidemark:sweep')) world.cache.keys.drop(name);
    };
    expect(await world.audit()).toMatchObject({ outcome: 'succeeded', drift: { missing: 1 } });
    expect(forgotten).toBe(true);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});
