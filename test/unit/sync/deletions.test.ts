import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { partitionKey, WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { stampOf } from '../../../lib/domain/record.ts';
import { newRunId } from '../../../lib/sync/new-run-id.ts';
import { LIBRARY, World } from '../../support/world.ts';

const DAY_MS = 86_400_000;

async function loaded(books: number, shelves: readonly string[] = ['a']): Promise<World> {
  const world = new World();
  const at = plusMs(world.server.now(), -DAY_MS);
  for (const shelf of shelves) {
    for (let book = 0; book < books; book += 1) world.server.put(`${shelf}-${book}`, shelf, `text ${book}`, at);
  }
  await world.load();
  return world;
}

async function forceFull(world: World, shelf: string, wish?: { approved: number; plan: string }) {
  const key = partitionKey(LIBRARY, shelf);
  const { run } = await world.partitions.requestForce(key, newRunId(world.ports), wish);
  await world.deliver({ ...key, task: 'full', run });
  await world.drain();
  return world.runs.find(run, [LIBRARY.connection]);
}

async function forceWalk(world: World) {
  const key = partitionKey(LIBRARY, WHOLE_STREAM);
  const { run } = await world.partitions.requestForce(key, newRunId(world.ports));
  await world.deliver({ ...key, task: 'walk', run });
  await world.drain();
  return world.runs.find(run, [LIBRARY.connection]);
}

function heldPlans(world: World) {
  return world.plans.list({ connection: LIBRARY.connection, state: 'held', limit: 100 });
}

describe('a full of everything', () => {
  it('removes what is gone at the source, from every partition', async () => {
    const world = await loaded(30, ['a', 'b', 'c']);
    for (const id of ['a-1', 'b-2', 'c-3']) world.server.remove(id);
    expect(await forceWalk(world)).toMatchObject({ outcome: 'succeeded', ledger: { removed: 3 } });
    for (const shelf of ['a', 'b', 'c']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
  });

  it('removes nothing while the source answers empty for want of a right', async () => {
    const world = await loaded(
      3,
      Array.from({ length: 40 }, (_, index) => `s${index}`),
    );
    const records = [...world.server.records];
    world.server.records.clear();
    await forceWalk(world);
    for (let index = 0; index < 40; index += 1) expect(world.cached(`s${index}`).size).toBe(3);
    // Each emptied partition is looked at by itself, and waits for a person.
    expect(await heldPlans(world)).toHaveLength(40);
    for (const [id, record] of records) world.server.records.set(id, record);
    await forceWalk(world);
    expect(await heldPlans(world)).toEqual([]);
  });

  it('reads what hides from one page to the next, and does not take it for gone', async () => {
    const world = await loaded(30);
    world.server.pageSize = 10;
    world.server.beforePage = (page) => {
      if (page % 2 === 0) world.server.put('a-0', 'a', `edit ${page}`);
    };
    await forceWalk(world);
    expect(world.cached('a').size).toBe(30);
  });

  it('lets what moved away leave a partition that was busy, however much of it that is', async () => {
    const world = await loaded(4, ['a', 'b']);
    const at = plusMs(world.server.now(), -DAY_MS / 2);
    const busy = await world.partitions.acquire(partitionKey(LIBRARY, 'a'), 'somebody', 60_000);
    for (const id of ['a-0', 'a-1', 'a-2']) world.server.put(id, 'b', 'moved', at);
    await forceWalk(world);
    expect(await world.partition('a')).toMatchObject({ pending: { rebuild: true } });
    if (busy.outcome === 'held') await world.partitions.commit(busy.held, {});
    await world.cycle();
    for (const shelf of ['a', 'b']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
  });
});

describe('records that moved away before anybody let go of them', () => {
  /** As many as `moving` of the 60 books of `a` are known to be in `b`, and nobody has told `a` yet. */
  async function withMoved(moving: number): Promise<World> {
    const world = await loaded(60, ['a', 'b']);
    const busy = await world.partitions.acquire(partitionKey(LIBRARY, 'a'), 'somebody', 3_600_000);
    for (let book = 0; book < moving; book += 1) world.server.put(`a-${book}`, 'b', 'moved');
    await world.cycle();
    if (busy.outcome === 'held') await world.partitions.commit(busy.held, {});
    world.take();
    expect(world.cached('a').size).toBe(60);
    expect(world.cached('b').size).toBe(60 + moving);
    return world;
  }

  it('leave with a full of it as what they are, and wait for nobody', async () => {
    const world = await withMoved(50);
    expect(Object.keys((await world.partition('a'))?.pending.moved ?? {})).toHaveLength(50);
    const asked = world.calls();
    expect(await forceFull(world, 'a')).toMatchObject({ outcome: 'succeeded', ledger: { removed: 50 } });
    expect(await heldPlans(world)).toEqual([]);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect(world.cached('b')).toEqual(world.server.truth('b'));
    // One page, and no query by id.
    expect(world.calls() - asked).toBe(1);
    expect(await world.deletions.lastDay(LIBRARY.connection)).toBe(0);
  });

  it('leave though they are more than a partition remembers', async () => {
    const world = await loaded(130, ['a', 'b']);
    for (let book = 0; book < 120; book += 1) world.server.put(`a-${book}`, 'b', 'moved');
    await world.cycle();
    await world.cycle();
    expect(await heldPlans(world)).toEqual([]);
    for (const shelf of ['a', 'b']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
  });

  it('do not hide that more is gone besides than the brake allows', async () => {
    const world = await withMoved(50);
    for (let book = 50; book < 58; book += 1) world.server.remove(`a-${book}`);
    expect(await forceFull(world, 'a')).toMatchObject({ outcome: 'partial', heldDeletions: 8 });
    // Eight of the ten that belong there.
    expect(await heldPlans(world)).toMatchObject([{ rule: 'half-of-partition', removals: 8, cached: 10 }]);
    expect([...world.cached('a').keys()]).toHaveLength(10);
  });

  it('leave after a walk of everything, which takes them for no deletion either', async () => {
    const world = await withMoved(50);
    expect(await forceWalk(world)).toMatchObject({ outcome: 'succeeded' });
    expect(await heldPlans(world)).toEqual([]);
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('are no drift to an audit', async () => {
    const world = await withMoved(50);
    expect(await world.audit()).toMatchObject({ outcome: 'succeeded', ledger: { removed: 0 } });
    expect(await world.drift.read({ ...LIBRARY, partition: 'a' })).toMatchObject({ counts: { extra: 0 } });
    await world.cycle();
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('are looked for like any other once they came back and are gone for good', async () => {
    const world = await withMoved(1);
    world.server.put('a-0', 'a', 'back');
    world.clock.advance(300_000);
    await world.plan();
    const apply = world.take().find(({ task, partition }) => task === 'apply' && partition === 'a');
    if (apply !== undefined) await world.deliver(apply);
    expect(world.cached('a').get('a-0')).toContain('back');
    // Somebody who was late tells again of what was before.
    const stamp = stampOf(
      { id: 'a-0', partition: 'b', modified: plusMs(world.server.now(), -DAY_MS / 2), body: '' },
      1,
    );
    await world.partitions.markMoved(partitionKey(LIBRARY, 'a'), { 'a-0': stamp });
    world.server.remove('a-0');
    expect(await forceFull(world, 'a')).toMatchObject({ outcome: 'succeeded', ledger: { removed: 1 } });
    expect(await world.deletions.lastDay(LIBRARY.connection)).toBe(1);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});

describe('hundreds of small deletions', () => {
  it('are held once a connection has lost a twentieth of its records within a day', async () => {
    const shelves = Array.from({ length: 60 }, (_, index) => `s${index}`);
    const world = await loaded(10, shelves);
    for (const shelf of shelves) world.server.remove(`${shelf}-1`);
    const outcomes: (string | undefined)[] = [];
    for (const shelf of shelves) outcomes.push((await forceFull(world, shelf))?.outcome);
    // 600 records: 30 may leave.
    expect(outcomes.filter((outcome) => outcome === 'succeeded')).toHaveLength(30);
    expect(new Set((await heldPlans(world)).map(({ rule }) => rule))).toEqual(new Set(['connection-day']));
    world.clock.advance(25 * 3_600_000);
    expect(await forceFull(world, 's59')).toMatchObject({ outcome: 'succeeded', ledger: { removed: 1 } });
  });
});

describe('a held deletion', () => {
  async function withHeldPlan(): Promise<World> {
    const world = await loaded(60);
    for (let book = 0; book < 40; book += 1) world.server.remove(`a-${book}`);
    expect(await forceFull(world, 'a')).toMatchObject({ outcome: 'partial', heldDeletions: 40 });
    return world;
  }

  it('is a plan with counts, a sample of ids, the rule and an end', async () => {
    const world = await withHeldPlan();
    const [plan] = await heldPlans(world);
    expect(plan).toMatchObject({
      partition: 'a',
      reason: 'absent',
      rule: 'share-of-partition',
      removals: 40,
      cached: 60,
    });
    expect(plan?.sample).toHaveLength(20);
    expect((plan?.expiresAt ?? 0) - (plan?.createdAt ?? 0)).toBe(7 * DAY_MS);
  });

  it('is renewed by the next full under the same id', async () => {
    const world = await withHeldPlan();
    const [before] = await heldPlans(world);
    await forceFull(world, 'a');
    const after = await heldPlans(world);
    expect(after.map(({ plan }) => plan)).toEqual([before?.plan]);
  });

  it('is carried out once approved, after another scan and another look at each record', async () => {
    const world = await withHeldPlan();
    const [plan] = await heldPlans(world);
    if (plan === undefined) throw new Error('no plan');
    await world.plans.decide(plan, 'held', 'approved', world.clock.now());
    // One of them came back meanwhile.
    world.server.put('a-5', 'a', 'back', plusMs(world.server.now(), -DAY_MS / 2));
    const run = await forceFull(world, 'a', { approved: plan.removals, plan: plan.plan });
    expect(run).toMatchObject({ outcome: 'succeeded', ledger: { removed: 39 }, plan: plan.plan });
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect((await world.plans.find(plan.plan, [LIBRARY.connection]))?.state).toBe('applied');
  });

  it('is held again when more is gone than was approved', async () => {
    const world = await withHeldPlan();
    const [plan] = await heldPlans(world);
    for (let book = 40; book < 45; book += 1) world.server.remove(`a-${book}`);
    const run = await forceFull(world, 'a', { approved: 40, plan: plan?.plan ?? '' });
    expect(run).toMatchObject({ outcome: 'partial', heldDeletions: 45 });
    expect(world.cached('a').size).toBe(60);
  });

  it('leaves by the hundreds over several steps', async () => {
    const world = await loaded(1_300);
    for (let book = 0; book < 1_200; book += 1) world.server.remove(`a-${book}`);
    const run = await forceFull(world, 'a', { approved: 1_200, plan: 'none' });
    expect(run).toMatchObject({ outcome: 'succeeded', ledger: { removed: 1_200 } });
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});

describe('a record that answers without its id', () => {
  it('is not taken for gone', async () => {
    const world = await loaded(10);
    const honest = world.server.send.bind(world.server);
    world.server.send = async (request) => {
      const response = await honest(request);
      return { ...response, body: response.body.replace(String.raw`\"id\":\"a-4\",`, '') };
    };
    expect(await forceFull(world, 'a')).toMatchObject({ outcome: 'partial', ledger: { quarantined: 1, removed: 0 } });
    expect(world.cached('a').has('a-4')).toBe(true);
  });
});

describe('a right that is taken away in the middle of a full', () => {
  it('removes nothing: the source no longer finds what it had just shown', async () => {
    const world = await loaded(30);
    world.server.pageSize = 25;
    const records = new Map(world.server.records);
    let pages = 0;
    world.server.beforePage = () => {
      pages += 1;
      if (pages > 1) world.server.records.clear();
    };
    const run = await forceFull(world, 'a');
    world.server.beforePage = () => {};
    expect(world.cached('a').size).toBe(30);
    expect(run).toMatchObject({ outcome: 'partial', heldDeletions: 5 });
    expect((await heldPlans(world)).map(({ rule }) => rule)).toEqual(['unconfirmed']);
    for (const [id, record] of records) world.server.records.set(id, record);
    await forceFull(world, 'a');
    expect(await heldPlans(world)).toEqual([]);
  });
});

describe('a record that is deleted', () => {
  it('stays while deltas do not show it, which says nothing', async () => {
    const world = await loaded(10);
    world.server.remove('a-4');
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    expect(world.cached('a').has('a-4')).toBe(true);
    await world.audit();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});

describe('a full that is interrupted', () => {
  it.each([1, 2, 3, 4, 5])('after its page %i, and resumed, removes what is gone and nothing else', async (page) => {
    const world = await loaded(45);
    world.server.pageSize = 10;
    world.server.remove('a-7');
    let pages = 0;
    world.server.beforePage = () => {
      pages += 1;
      // After the fifth, which is the last, comes the query by id.
      if (pages === page) world.server.down = true;
    };
    const key = partitionKey(LIBRARY, 'a');
    const { run } = await world.partitions.requestForce(key, newRunId(world.ports));
    await world.deliver({ ...key, task: 'full', run });
    world.take();
    expect(world.cached('a').size).toBe(45);
    world.clock.advance(3_600_000);
    world.server.down = false;
    for (let cycle = 0; cycle < 4; cycle += 1) await world.cycle();
    expect(await world.runs.find(run, [LIBRARY.connection])).toMatchObject({
      outcome: 'succeeded',
      ledger: { seen: 44, removed: 1 },
    });
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('takes nothing for gone of what the cache has forgotten that the scan had seen', async () => {
    const world = await loaded(20);
    world.server.pageSize = 5;
    world.server.remove('a-7');
    let pages = 0;
    world.server.beforePage = () => {
      pages += 1;
      if (pages === 2) for (const name of scans(world)) world.cache.keys.drop(name);
    };
    expect(await forceFull(world, 'a')).toMatchObject({ outcome: 'succeeded', ledger: { removed: 1 } });
    const asked = world.server.requests.map(({ searchParams }) => searchParams.get('ids')?.split(',').length ?? 0);
    expect(Math.max(...asked)).toBeGreaterThan(5);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  function scans(world: World): readonly string[] {
    return world.cache.keys.names().filter((name) => name.startsWith('tidemark:scan:'));
  }
});

describe('a state that the source leaves out of its lists', () => {
  const CANCELLED = 'a-4';

  it.each([
    ['a full', (world: World) => forceFull(world, 'a')],
    ['an audit', (world: World) => world.audit()],
  ])('is taken over by %s, which asks for the record by its id', async (_what, read) => {
    const world = await loaded(10);
    world.server.put(CANCELLED, 'a', 'cancelled', plusMs(world.server.now(), -DAY_MS / 2));
    const hidden = world.server.records.get(CANCELLED);
    if (hidden === undefined) throw new Error('no record');
    world.server.beforePage = () => {
      if (world.server.requests.at(-1)?.searchParams.has('ids')) world.server.records.set(CANCELLED, hidden);
      else world.server.records.delete(CANCELLED);
    };
    await read(world);
    world.server.records.set(CANCELLED, hidden);
    expect(world.cached('a').get(CANCELLED)).toContain('cancelled');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});
