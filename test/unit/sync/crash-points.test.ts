import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { partitionKey, WHOLE_STREAM } from '../../../lib/domain/names.ts';
import type { SyncPorts } from '../../../lib/sync/sync-context.ts';
import { DyingWorker } from '../../support/dying-worker.ts';
import { LIBRARY, World } from '../../support/world.ts';

const RUN = '0000000aa-00000001';

async function loaded(): Promise<World> {
  const world = new World();
  const long = plusMs(world.server.now(), -86_400_000);
  for (const shelf of ['a', 'b']) {
    for (let book = 0; book < 5; book += 1) world.server.put(`${shelf}${book}`, shelf, 'first', long);
  }
  await world.load();
  return world;
}

/** One record of shelf a is edited, one comes, and one leaves it for shelf b. */
function change(world: World): void {
  world.server.put('a0', 'a', 'edited');
  world.server.put('a9', 'a', 'inserted');
  world.server.put('a1', 'b', 'moved');
  world.clock.advance(300_000);
}

async function askForAll(world: World, partition: string): Promise<void> {
  world.server.pageSize = 2;
  world.server.remove('a2');
  world.cache.keys.dropField('cache:shelf:a:books', 'a3');
  world.clock.advance(300_000);
  await world.partitions.requestForce(partitionKey(LIBRARY, partition), RUN);
}

interface Work {
  readonly prepare: (world: World) => Promise<void>;
  /** What the worker does that dies. */
  readonly work: (world: World, ports: Partial<SyncPorts>) => Promise<unknown>;
}

const PLAN: Work = {
  prepare: async (world) => change(world),
  work: (world, ports) => world.plan(ports),
};

const APPLY: Work = {
  prepare: async (world) => {
    change(world);
    await world.plan();
  },
  work: async (world, ports) => {
    for (const task of world.take()) await world.deliver(task, ports);
  },
};

const FULL: Work = {
  prepare: (world) => askForAll(world, 'a'),
  work: (world, ports) => world.deliver({ ...LIBRARY, partition: 'a', task: 'full', run: RUN }, ports),
};

const WALK: Work = {
  prepare: (world) => askForAll(world, WHOLE_STREAM),
  work: (world, ports) => world.deliver({ ...LIBRARY, partition: WHOLE_STREAM, task: 'walk', run: RUN }, ports),
};

async function during({ prepare, work }: Work, worker: DyingWorker): Promise<World> {
  const world = await loaded();
  await prepare(world);
  await work(world, worker.ports(world.ports)).catch(() => undefined);
  return world;
}

function expectEqual(world: World): void {
  for (const shelf of world.server.shelves.keys()) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
}

describe('a worker that dies', () => {
  it.each([
    ['planning a cycle', 8, PLAN],
    ['applying changes', 8, APPLY],
    ['reading a partition as a whole', 15, FULL],
    ['walking the stream', 30, WALK],
  ] as const)('at any call, %s, loses nothing, and its message need not come again', async (_what, least, work) => {
    const whole = new DyingWorker();
    await during(work, whole);
    expect(whole.calls).toBeGreaterThanOrEqual(least);
    for (let call = 1; call <= whole.calls; call += 1) {
      for (const when of ['before', 'after'] as const) {
        const world = await during(work, new DyingWorker(call, when));
        world.take();
        // Whoever comes next waits until its lease is over, and for the cycle after.
        for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
        expectEqual(world);
        for (const shelf of ['a', 'b', WHOLE_STREAM]) {
          const state = await world.partition(shelf);
          expect(state?.unfinishedSince, `${shelf}, ${when} call ${call}`).toBeUndefined();
        }
        const { runs } = await world.runs.list({ connection: LIBRARY.connection, limit: 100 });
        expect(runs.filter(({ state }) => state !== 'ended')).toEqual([]);
      }
    }
  });
});
