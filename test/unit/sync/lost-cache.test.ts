import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { copyKeys, restoreKeys } from '../../simulation/key-copies.ts';
import { World } from '../../support/world.ts';

async function loaded(): Promise<World> {
  const world = new World();
  const long = plusMs(world.server.now(), -86_400_000);
  for (let book = 0; book < 30; book += 1) world.server.put(`b${book}`, `s${book % 3}`, 'first', long);
  await world.load();
  await world.cycle();
  return world;
}

function expectEqual(world: World): void {
  for (const shelf of world.server.shelves.keys()) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
}

describe('a cache that lost everything', () => {
  it('is noticed by the next cycle, and whole again after it, though nothing changed at the source', async () => {
    const world = await loaded();
    world.cache.keys.flush();
    await world.cycle();
    expect(world.telemetry.sum('CacheLost')).toBeGreaterThan(0);
    expectEqual(world);
    const lost = world.telemetry.sum('CacheLost');
    await world.cycle();
    expect(world.telemetry.sum('CacheLost')).toBe(lost);
  });

  it('takes no change of a partition it no longer knows, which would look whole to readers', async () => {
    const world = await loaded();
    world.server.put('b0', 's0', 'edited');
    world.clock.advance(300_000);
    await world.plan();
    const [task] = world.take();
    if (task === undefined) throw new Error('no message');
    world.cache.keys.flush();
    await world.deliver(task);
    expect(world.cached('s0').size).not.toBe(1);
    await world.drain();
    await world.cycle();
    expectEqual(world);
  });
});

describe('a cache that was restored from a backup', () => {
  it('is noticed by its old cycle number, and brought up to date, deletions included', async () => {
    const world = await loaded();
    const backup = copyKeys(world.cache.keys);
    world.server.put('b1', 's1', 'after the backup');
    world.server.put('b31', 's2', 'new since');
    await world.cycle();
    world.server.remove('b0');
    await world.audit();
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    expectEqual(world);
    world.cache.keys.flush();
    restoreKeys(world.cache.keys, backup);
    await world.cycle();
    expect(world.telemetry.sum('CacheLost')).toBeGreaterThan(0);
    expectEqual(world);
  });
});
