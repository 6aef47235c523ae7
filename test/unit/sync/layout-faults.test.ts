import { describe, expect, it } from 'vitest';
import { NO_DRIFT } from '../../../lib/domain/drift.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import { holdsWhatWasWritten } from '../../../lib/sync/check-cache.ts';
import { applyPlan } from '../../../lib/sync/decide-plan.ts';
import { holdLifecycle } from '../../../lib/sync/lifecycle-plans.ts';
import { change, discover, fullOf, loaded, problemsIn, step, until } from '../../support/layout-world.ts';
import { LIBRARY, type World } from '../../support/world.ts';

const A = partitionKey(LIBRARY, 'a');
const META = 'cache:shelf:a:books:meta';

/** Layout 2 is wanted, and shelf a's full stands at the beginning of this phase, or within it. */
async function standing(segmented: boolean, phase: 'copy' | 'switch', within: boolean): Promise<World> {
  const world = await loaded({ segmented });
  world.layout = 2;
  await discover(world);
  await until(world, (full) => full?.phase === phase && (!within || full.cursor !== undefined));
  return world;
}

/** A delta whose records the message does not carry. */
async function settle(world: World): Promise<void> {
  await world.partitions.markOpen(A, 99, world.clock.now());
  const task = { ...A, task: 'apply', delta: 99, order: 1, servedAt: world.clock.now() } as const;
  await step(world, task);
}

describe.each([false, true])('while a partition changes its layout, in segments: %s', (segmented) => {
  const standingAt = (phase: 'copy' | 'switch', within = false) => standing(segmented, phase, within);

  it.each(['copy', 'switch'] as const)('is rebuilt in one layout when the cache is lost: %s', async (phase) => {
    const world = await loaded({ segmented });
    world.layout = 2;
    await discover(world);
    await until(world, (full) => full?.phase === phase);
    world.cache.keys.flush();
    change(world, 1);
    for (let cycle = 0; cycle < 4; cycle += 1) await world.cycle();
    await discover(world);
    await world.drain();
    expect(await problemsIn(world, 2)).toEqual([]);
  });

  it('can no longer be cancelled once it is copied', async () => {
    const world = await loaded({ segmented });
    world.layout = 2;
    await discover(world);
    await until(world, (full) => full?.phase === 'copy');
    const run = (await world.partition('a'))?.full?.run ?? '';
    expect(await world.partitions.requestCancel(partitionKey(LIBRARY, 'a'), run)).toBe(true);
    await world.drain();
    expect(await problemsIn(world, 2)).toEqual([]);
  });

  it.each([true, false])(
    'readers are not told that what was lost is whole: noticed by a delta: %s',
    async (noticed) => {
      const world = await standingAt('switch');
      world.cache.keys.flush();
      if (noticed) await settle(world);
      await step(world, fullOf('a'));
      expect(world.cache.keys.hash(META).get('loaded')).toBe('false');
      expect((await world.partition('a'))?.pending.rebuild).toBe(true);
      for (let cycle = 0; cycle < 4; cycle += 1) await world.cycle();
      expect(await problemsIn(world, 2)).toEqual([]);
    },
  );

  it('is copied anew when what was copied is lost', async () => {
    const world = await standingAt('copy', true);
    const copied = world.cache.keys.names().filter((name) => name.startsWith('cache:shelf:a:books:v2'));
    expect(copied).not.toEqual([]);
    for (const name of copied) world.cache.keys.drop(name);
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    expect(await problemsIn(world, 2)).toEqual([]);
  });

  it.each([
    ['copy', 403],
    ['copy', 410],
    ['switch', 403],
    ['switch', 410],
  ] as const)('a delta that the source refuses does not end it: %s, %s', async (phase, status) => {
    const world = await standingAt(phase);
    world.server.scripted.push({ status, body: '' });
    await settle(world);
    expect(world.server.scripted).toEqual([]);
    const full = (await world.partition('a'))?.full;
    expect(full?.phase).toBe(phase);
    expect(await world.runs.find(full?.run ?? '', ['library'])).toMatchObject({ state: 'running' });
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    expect(await problemsIn(world, 2)).toEqual([]);
  });

  it('an audit that looks into the layout that is just left finds nothing wrong', async () => {
    const world = await standingAt('copy');
    const metered = world.cache.metered.bind(world.cache);
    let looked = false;
    world.cache.metered = () => {
      const cache = metered();
      const examine = cache.examine.bind(cache);
      cache.examine = async (...looking) => {
        if (!looked) await until(world, (full) => full === undefined);
        looked = true;
        return examine(...looking);
      };
      return cache;
    };
    await world.audit({ repair: true }, 'a');
    expect(looked).toBe(true);
    expect((await world.drift.read(A))?.counts ?? NO_DRIFT).toEqual(NO_DRIFT);
  });

  it('the cache is not taken for lost', async () => {
    const world = await standingAt('copy', true);
    await until(world, (full) => full === undefined);
    const [connection] = (await world.sources.list()).open;
    const [stream] = connection?.streams ?? [];
    if (connection === undefined || stream === undefined) throw new Error('expected the library');
    const slice = { owner: 'anybody', remainingMs: () => 118_000 };
    const context = { ...world.ports, connection, stream, source: connection.source('scheduled'), slice };
    expect(await holdsWhatWasWritten(context)).toBe(true);
  });

  it.each(['copy', 'switch'] as const)('the partition can be dropped, in both layouts: %s', async (phase) => {
    const world = await standingAt(phase);
    if (phase === 'copy') await step(world, fullOf('a'));
    await holdLifecycle(world.ports, { key: A, reason: 'partition-gone', records: 7 });
    const [plan] = await world.plans.list({ connection: 'library', state: 'held', limit: 10 });
    world.take();
    expect(await applyPlan(world.ports, world.sources, plan?.plan ?? '')).toMatchObject({ outcome: 'approved' });
    await world.drain();
    expect(world.cache.keys.names().filter((name) => name.startsWith('cache:shelf:a:'))).toEqual([]);
    expect(await world.partition('a')).toBeUndefined();
  });
});
