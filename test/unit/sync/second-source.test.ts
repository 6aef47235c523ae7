import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { requestStreamSync, type SyncTarget } from '../../../lib/sync/request-sync.ts';
import { present } from '../../support/present.ts';
import { LIBRARY, World } from '../../support/world.ts';

async function targetOf(world: World): Promise<SyncTarget> {
  const connection = present((await world.sources.list()).open[0], 'the library');
  return { connection, stream: present(connection.streams[0], 'its books') };
}

/**
 * The tiny source stands for any other: one folder, and nothing of the core knows it. Here it is a source that cannot
 * answer what changed over all partitions, so each partition is asked by itself.
 */
describe('a source whose partitions are asked one by one', () => {
  it('is discovered, loaded and kept fresh by the same core', async () => {
    const world = new World({ coverage: 'partition' });
    const long = plusMs(world.server.now(), -86_400_000);
    for (let book = 0; book < 50; book += 1) world.server.put(`b${book}`, `s${book % 3}`, `book ${book}`, long);
    await world.plan();
    await world.drain();
    await world.cycle();
    for (const shelf of ['s0', 's1', 's2']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
    expect(await world.partition('s1')).toMatchObject({ loaded: true, title: 'Shelf s1', count: 17 });

    world.server.put('b1', 's1', 'edited');
    world.server.put('b99', 's1', 'new');
    await world.cycle();
    expect(world.cached('s1')).toEqual(world.server.truth('s1'));
    expect((await world.partition('s1'))?.watermark).toBeGreaterThan(long);
    expect(world.server.requests.at(-1)?.searchParams.has('since')).toBe(true);
  });

  it('is read from its own now when its clock is set back', async () => {
    const world = new World({ coverage: 'partition' });
    world.server.put('b1', 's1', 'book', plusMs(world.server.now(), -86_400_000));
    await world.plan();
    await world.drain();
    await world.cycle();
    const before = (await world.partition('s1'))?.watermark;
    world.server.skewMs = -3_600_000;
    world.server.put('b2', 's1', 'entered under the old clock');
    await world.cycle();
    expect(world.cached('s1')).toEqual(world.server.truth('s1'));
    expect((await world.partition('s1'))?.watermark).toBe(before);
    expect(world.telemetry.sum('ClockSetbacks')).toBe(1);
  });

  it('asks a partition no more often than its interval says', async () => {
    const world = new World({ coverage: 'partition' });
    world.server.put('b1', 's1', 'book');
    await world.plan();
    await world.drain();
    const calls = world.calls();
    world.clock.advance(60_000);
    await world.streams.makeDue(LIBRARY);
    await world.plan();
    await world.drain();
    expect(world.calls()).toBe(calls);
  });

  it('asks every partition at once when a person asks, however short a time ago it was asked', async () => {
    const world = new World({ coverage: 'partition' });
    for (const shelf of ['s1', 's2']) world.server.put(`in-${shelf}`, shelf, 'book');
    await world.plan();
    await world.drain();
    for (const shelf of ['s1', 's2']) world.server.put(`in-${shelf}`, shelf, 'edited');
    world.clock.advance(1_000);
    await requestStreamSync(world.ports, [await targetOf(world)], 'incremental');
    await world.drain();
    for (const shelf of ['s1', 's2']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
  });

  it('reads a partition as a whole as soon as it is discovered, however far its schedule is away', async () => {
    const world = new World({ coverage: 'partition', own: { schedule: { changes: '0 2 1 1 *' } } });
    world.server.put('b1', 's1', 'book');
    const partition = { ...LIBRARY, partition: 's1' };
    await world.partitions.discover(partition, 'Shelf s1');
    // What discovery sends, and nothing of the planner's: its own message may find the partition busy.
    await world.deliver({ ...partition, task: 'window', reason: 'pending' });
    await world.drain();
    expect(world.cached('s1')).toEqual(world.server.truth('s1'));
    expect(await world.partition('s1')).toMatchObject({ loaded: true, count: 1 });
  });
});
