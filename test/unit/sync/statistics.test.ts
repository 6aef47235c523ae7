import { expect, it } from 'vitest';
import { describePartition } from '../../../lib/sync/describe-partition.ts';
import { LIBRARY, World } from '../../support/world.ts';

const SHELF = 'a';

async function described(world: World) {
  const [connection] = (await world.sources.list()).open;
  const stream = connection?.streams[0];
  if (connection === undefined || stream === undefined) throw new Error('there is no stream');
  return (await describePartition(world.ports, { connection, stream }, SHELF))?.state;
}

async function force(world: World, run: string): Promise<void> {
  await world.partitions.requestForce({ ...LIBRARY, partition: SHELF }, run);
  await world.deliver({ ...LIBRARY, partition: SHELF, task: 'full', run });
}

it('a partition knows how its runs ended, what they did to its records, and how the last went', async () => {
  const world = new World();
  for (let book = 0; book < 30; book += 1) world.server.put(`book-${book}`, SHELF, 'first');
  world.clock.advance(60_000);
  await world.load();
  const loaded = await described(world);
  expect(loaded?.totals).toMatchObject({ added: 30, updated: 0, removed: 0, failed: 0 });

  world.server.put('book-1', SHELF, 'edited');
  world.server.put('book-new', SHELF, 'first');
  await world.cycle();
  expect((await described(world))?.lastRun).toMatchObject({ task: 'apply', outcome: 'succeeded' });

  world.server.remove('book-2');
  await force(world, 'run-1');
  expect((await described(world))?.lastRun).toMatchObject({ run: 'run-1', task: 'full', ledger: { removed: 1 } });

  world.server.down = true;
  await force(world, 'run-2');
  const state = await described(world);
  const { runs, succeeded } = loaded?.totals ?? { runs: 0, succeeded: 0 };
  const records = { added: 31, updated: 1, removed: 1 };
  expect(state?.totals).toEqual({ runs: runs + 3, succeeded: succeeded + 2, failed: 1, ...records });
  expect(state?.lastRun).toMatchObject({ outcome: 'failed', error: 'source-unavailable', at: world.clock.now() });
  expect(state?.lastRun?.durationMs).toBeGreaterThanOrEqual(0);
});
