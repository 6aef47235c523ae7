import { describe, expect, it } from 'vitest';
import type { Run } from '../../../lib/domain/run.ts';
import { describePartition } from '../../../lib/sync/describe-partition.ts';
import { describeStream } from '../../../lib/sync/describe-status.ts';
import { LIBRARY, World } from '../../support/world.ts';

const BOOKS = 40;

function library(): World {
  const world = new World();
  world.server.pageSize = 10;
  world.server.tellsTotal = true;
  for (let book = 0; book < BOOKS; book += 1) world.server.put(`book-${book}`, 'a', 'there');
  world.clock.advance(60_000);
  return world;
}

async function targetOf(world: World) {
  const [connection] = (await world.sources.list()).open;
  const stream = connection?.streams[0];
  if (connection === undefined || stream === undefined) throw new Error('there is no stream');
  return { connection, stream };
}

async function runsOf(world: World, task: Run['task']) {
  const { runs } = await world.runs.list({ ...LIBRARY, limit: 50 });
  return runs.filter((run) => run.task === task);
}

describe('a read of everything', () => {
  it('tells how much of it is done while it goes on, and how long the rest takes', async () => {
    const world = library();
    let seen: unknown;
    world.server.beforePage = async (page) => {
      if (page !== 4) return;
      const { walk, remainingMs } = await describeStream(world.ports, await targetOf(world));
      const [run] = await runsOf(world, 'walk');
      seen = { walk: walk?.full?.progress, remains: (remainingMs ?? 0) > 0, run: run?.progress };
    };
    await world.plan();
    await world.drain();
    const progress = { processed: 30, total: BOOKS };
    expect(seen).toEqual({ walk: progress, remains: true, run: progress });
    expect(await runsOf(world, 'walk')).toMatchObject([{ progress: { processed: BOOKS, total: BOOKS } }]);
  });

  it('has failed no more as soon as a page of it succeeds', async () => {
    const world = library();
    const failures = async () => (await describeStream(world.ports, await targetOf(world))).walk?.failures;
    const seen: (number | undefined)[] = [];
    world.server.beforePage = async (page) => {
      seen.push(await failures());
      if (page === 1 && seen.length === 1)
        world.server.scripted.push(...[1, 2, 3].map(() => ({ status: 500, body: '' })));
    };
    await world.plan();
    await world.drain();
    expect(await failures()).toBe(1);
    await world.cycle();
    await world.cycle();
    expect(seen.slice(-3)).toEqual([0, 0, 0]);
  });

  it('tells it of one partition too', async () => {
    const world = library();
    await world.load();
    const pages = world.calls();
    let status: unknown;
    world.server.beforePage = async (page) => {
      if (page !== pages + 3) return;
      const partition = await describePartition(world.ports, await targetOf(world), 'a');
      status = { progress: partition?.state.full?.progress, remains: partition?.remainingMs !== undefined };
    };
    await world.partitions.requestForce({ ...LIBRARY, partition: 'a' }, 'run-1');
    await world.deliver({ ...LIBRARY, partition: 'a', task: 'full', run: 'run-1' });
    expect(status).toEqual({ progress: { processed: 20, total: BOOKS }, remains: true });
  });

  it('says nothing of it where the source does not', async () => {
    const world = library();
    world.server.tellsTotal = false;
    await world.load();
    const [walk] = await runsOf(world, 'walk');
    expect(walk).toMatchObject({ outcome: 'succeeded' });
    expect(walk?.progress).toBeUndefined();
  });
});

describe('a run', () => {
  it('counts the source calls it made, those that failed included', async () => {
    const world = library();
    await world.load();
    expect(await runsOf(world, 'walk')).toMatchObject([{ ledger: { pages: 4, calls: 4 } }]);
    world.server.put('book-7', 'a', 'edited');
    await world.cycle();
    const [delta] = await runsOf(world, 'delta');
    expect(delta?.ledger).toMatchObject({ pages: 1, calls: 1 });
    await world.partitions.requestForce({ ...LIBRARY, partition: 'a' }, 'run-1');
    world.server.remove('book-8');
    world.server.scripted.push({ status: 503, body: '' });
    await world.deliver({ ...LIBRARY, partition: 'a', task: 'full', run: 'run-1' });
    const [full] = await runsOf(world, 'full');
    // Four pages, one of them twice, and one query by id.
    expect(full?.ledger).toMatchObject({ pages: 4, calls: 6, removed: 1 });
  });

  it('tells in its log line how many of how many records it processed, for how many calls', async () => {
    const world = library();
    await world.load();
    world.server.put('book-7', 'a', 'edited');
    await world.partitions.markOpen({ ...LIBRARY, partition: 'a' }, 99_000, world.clock.now());
    await world.deliver({ ...LIBRARY, partition: 'a', task: 'window', reason: 'pending' });
    const lines = world.telemetry.logs.filter(({ message }) => message === 'run ended');
    expect(lines.at(-1)?.fields).toMatchObject({ task: 'window', records: BOOKS, seen: 1, calls: 1, updated: 1 });
  });
});
