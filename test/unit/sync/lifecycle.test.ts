import { beforeEach, describe, expect, it } from 'vitest';
import type { DeletionPlan } from '../../../lib/domain/deletion-plan.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { newRunId } from '../../../lib/sync/new-run-id.ts';
import { planLifecycle } from '../../../lib/sync/plan-lifecycle.ts';
import { discoverAll } from '../../../lib/sync/plan-seldom.ts';
import { present } from '../../support/present.ts';
import { LIBRARY, World } from '../../support/world.ts';

const DAY_MS = 86_400_000;
const SLICE = { owner: 'test', remainingMs: () => 118_000 };

let world: World;

beforeEach(async () => {
  world = new World();
  const at = plusMs(world.server.now(), -DAY_MS);
  for (const shelf of ['a', 'b']) {
    for (let book = 0; book < 5; book += 1) world.server.put(`${shelf}-${book}`, shelf, 'text', at);
  }
  await world.load();
});

function discover(): Promise<void> {
  return discoverAll(world.ports, world.sources, SLICE);
}

function heldPlans(): Promise<readonly DeletionPlan[]> {
  return world.plans.list({ connection: LIBRARY.connection, state: 'held', limit: 100 });
}

/** Approves the only held plan, and carries it out. */
async function apply(): Promise<DeletionPlan | undefined> {
  const [plan] = await heldPlans();
  if (plan === undefined) throw new Error('nothing is held');
  await world.plans.decide(plan, 'held', 'approved', world.clock.now(), newRunId(world.ports));
  await world.deliver({ ...LIBRARY, partition: plan.partition, task: 'drop', plan: plan.plan });
  await world.drain();
  return world.plans.find(plan.plan, [LIBRARY.connection]);
}

function keysOf(shelf: string): readonly string[] {
  return world.cache.keys.names().filter((name) => name.split(':').includes(shelf));
}

async function listed() {
  const { open, broken } = await world.sources.list();
  return { open, broken };
}

describe('a partition that the source no longer lists', () => {
  it('stays for readers until a person lets it go, and then leaves no key behind', async () => {
    world.server.shelves.delete('b');
    await discover();
    expect(await heldPlans()).toMatchObject([
      { partition: 'b', reason: 'partition-gone', rule: 'lifecycle', removals: 5 },
    ]);
    expect(world.cached('b').size).toBe(5);
    expect(await apply()).toMatchObject({ state: 'applied' });
    expect(keysOf('b')).toEqual([]);
    expect(world.cache.keys.text('cache:record:library:books:b-1')).toBeUndefined();
    expect(await world.partition('b')).toBeUndefined();
    expect(world.cached('a').size).toBe(5);
  });

  it('is planned once, and no longer once it is listed again', async () => {
    world.server.shelves.delete('b');
    await discover();
    await discover();
    expect(await heldPlans()).toHaveLength(1);
    world.server.shelves.set('b', 'Shelf b');
    await discover();
    expect(await heldPlans()).toEqual([]);
  });

  it('is kept for a month without a question when the plan was discarded', async () => {
    world.server.shelves.delete('b');
    await discover();
    const [plan] = await heldPlans();
    if (plan === undefined) throw new Error('nothing is held');
    await world.plans.decide(plan, 'held', 'discarded', world.clock.now());
    await discover();
    expect(await heldPlans()).toEqual([]);
    world.clock.advance(31 * DAY_MS);
    await discover();
    expect(await heldPlans()).toHaveLength(1);
  });
});

describe('a connection', () => {
  it('that is gone or disabled becomes a plan for each of its streams, and none once it is back', async () => {
    const { open, broken } = await listed();
    await planLifecycle(world.ports, { open: [], broken });
    expect(await heldPlans()).toMatchObject([{ partition: WHOLE_STREAM, reason: 'connection-removed', removals: 10 }]);
    const disabled = open.map((one) => ({ ...one, connection: { ...one.connection, enabled: false } }));
    await planLifecycle(world.ports, { open: disabled, broken });
    expect(await heldPlans()).toMatchObject([{ partition: WHOLE_STREAM, reason: 'connection-disabled' }]);
    await planLifecycle(world.ports, { open, broken });
    expect(await heldPlans()).toEqual([]);
  });

  it('of which a stream is disabled has a plan for that stream, and is forgotten as far as that', async () => {
    world = new World({ copies: true });
    world.server.put('a-1', 'a', 'text');
    await world.load();
    const { open, broken } = await listed();
    const disabled = open.map((one) => ({
      ...one,
      streams: one.streams.map((stream) => ({
        ...stream,
        rules: { ...stream.rules, enabled: stream.name === 'books' },
      })),
    }));
    await planLifecycle(world.ports, { open: disabled, broken });
    expect(await heldPlans()).toMatchObject([{ stream: 'copies', reason: 'stream-disabled', removals: 1 }]);
    await planLifecycle(world.ports, { open, broken });
    expect(await heldPlans()).toEqual([]);
    await planLifecycle(world.ports, { open: disabled, broken });
    const [plan] = await heldPlans();
    await world.plans.decide(present(plan, 'the plan'), 'held', 'approved', world.clock.now(), newRunId(world.ports));
    await world.deliver({ ...LIBRARY, stream: 'copies', partition: '*', task: 'drop', plan: plan?.plan ?? '' });
    expect(world.cache.keys.names().filter((name) => name.startsWith('cache:shelf:a:copies'))).toEqual([]);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    await planLifecycle(world.ports, { open: disabled, broken });
    expect(await heldPlans()).toEqual([]);
  });

  it('that cannot be read now is not taken for gone', async () => {
    await planLifecycle(world.ports, { open: [], broken: [{ id: LIBRARY.connection, problems: ['not JSON'] }] });
    expect(await heldPlans()).toEqual([]);
  });

  it('whose records a person lets go is forgotten whole, and begins with a first load when it is back', async () => {
    const { broken } = await listed();
    await planLifecycle(world.ports, { open: [], broken });
    expect(await apply()).toMatchObject({ state: 'applied' });
    expect([...keysOf('a'), ...keysOf('b')]).toEqual([]);
    expect(await world.stream()).toBeUndefined();
    expect(await world.registry.list()).toEqual([]);
    await world.load();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect((await world.stream())?.loaded).toBe(true);
  });
});

describe('keys that belong to nobody', () => {
  it('are found by an audit, and leave once a person says so', async () => {
    world.cache.keys.setField('tidemark:stamps:library:books:ghost', '#fence', '0000000000000001');
    world.cache.keys.setField('cache:shelf:ghost:books', 'x', '{}');
    await world.audit();
    expect(await heldPlans()).toMatchObject([{ partition: 'ghost', reason: 'orphaned-keys', removals: 1 }]);
    expect(await apply()).toMatchObject({ state: 'applied' });
    expect(keysOf('ghost')).toEqual([]);
    expect(await world.partition('ghost')).toBeUndefined();
  });
});
