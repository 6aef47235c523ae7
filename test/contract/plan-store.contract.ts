import { expect, it } from 'vitest';
import { type DeletionPlan, PLAN_LIFETIME_MS } from '../../lib/domain/deletion-plan.ts';
import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import { formatRunId } from '../../lib/domain/run-id.ts';
import type { PlanStore } from '../../lib/ports/plan-store.ts';
import type { Workbench } from '../support/table-backends.ts';

const DAY_MS = 86_400_000;

/** A plan as it is made, the sooner after `now` the lower its number. */
function planOf(connection: string, now: Instant, number: number, more: Partial<DeletionPlan> = {}): DeletionPlan {
  const createdAt = plusMs(now, number);
  return {
    connection,
    stream: 'registrations',
    partition: '4433256000013547003',
    plan: formatRunId(createdAt, `plan${String(number).padStart(4, '0')}`),
    reason: 'absent',
    rule: 'share-of-partition',
    state: 'held',
    removals: 40 + number,
    cached: 120,
    sample: ['4433256000013547100', 'żółć 2'],
    createdAt,
    expiresAt: plusMs(createdAt, PLAN_LIFETIME_MS),
    ...more,
  };
}

/** What every store of deletion plans does, whatever is behind it. */
export function planStoreContract(make: () => Workbench<PlanStore>): void {
  const setUp = () => {
    const bench = make();
    const { connection, clock } = bench;
    const plan = (number: number, more?: Partial<DeletionPlan>) => planOf(connection, clock.now(), number, more);
    return { ...bench, store: bench.open(), plan };
  };

  it('keeps a held plan, and finds it by its id and by what it is about', async () => {
    const { store, connection, plan } = setUp();
    const held = plan(1, { run: plan(1).plan });
    expect(await store.hold(held)).toEqual(held);
    expect(await store.find(held.plan, ['elsewhere', connection, connection])).toEqual(held);
    expect(await store.find(held.plan, ['elsewhere'])).toBeUndefined();
    expect(await store.find(plan(2).plan, [connection])).toBeUndefined();
    expect(await store.heldFor(held, 'absent')).toEqual(held);
    expect(await store.heldFor(held, 'partition-gone')).toBeUndefined();
    expect(await store.heldFor({ ...held, partition: 'another' }, 'absent')).toBeUndefined();
    expect(await store.heldFor({ ...held, stream: 'orders' }, 'absent')).toBeUndefined();
  });

  it('replaces the plan that is held for the same partition and reason, under its id and its time', async () => {
    const { store, connection, plan } = setUp();
    const { run: _none, ...first } = await store.hold(plan(1, { run: plan(1).plan }));
    const later = plan(2, { removals: 90, rule: 'unconfirmed', sample: [] });
    const kept = { ...later, plan: first.plan, createdAt: first.createdAt };
    expect(await store.hold(later)).toEqual(kept);
    expect(await store.list({ connection, limit: 10 })).toEqual([kept]);
    expect(await store.find(later.plan, [connection])).toBeUndefined();
  });

  it('holds plans for other partitions, streams and reasons beside it', async () => {
    const { store, connection, plan } = setUp();
    const plans = [
      plan(1),
      plan(2, { reason: 'partition-gone', rule: 'lifecycle' }),
      plan(3, { partition: '*', reason: 'connection-removed', rule: 'lifecycle' }),
      plan(4, { stream: 'orders' }),
    ];
    for (const each of plans) expect(await store.hold(each)).toEqual(each);
    expect(await store.list({ connection, limit: 10 })).toEqual(plans.toReversed());
  });

  it('keeps one plan of all that are held at once', async () => {
    const { open, connection, plan } = setUp();
    const kept = await Promise.all([1, 2, 3, 4, 5].map((number) => open().hold(plan(number))));
    expect(new Set(kept.map((each) => each.plan)).size).toBe(1);
    expect(await open().list({ connection, limit: 10 })).toHaveLength(1);
  });

  it('decides once, from the state it is in', async () => {
    const { store, connection, plan, clock } = setUp();
    const held = await store.hold(plan(1));
    clock.advance(1_000);
    const at = clock.now();
    const decisions = await Promise.all([
      store.decide(held, 'held', 'approved', at, 'run-1'),
      store.decide(held, 'held', 'discarded', at),
    ]);
    expect(decisions.filter((decided) => decided !== undefined)).toHaveLength(1);
    const decided = await store.find(held.plan, [connection]);
    expect(decisions).toContainEqual(decided);
    expect(decided).toMatchObject({ ...held, state: expect.stringMatching(/approved|discarded/), decidedAt: at });
    expect(await store.heldFor(held, 'absent')).toBeUndefined();
    expect(await store.decide(plan(9), 'held', 'approved', at)).toBeUndefined();
  });

  it('moves an approved plan on, and keeps when it was decided', async () => {
    const { store, plan, clock } = setUp();
    const held = await store.hold(plan(1));
    const decidedAt = clock.now();
    const approved = { ...held, state: 'approved', decidedAt, run: 'run-1' };
    expect(await store.decide(held, 'held', 'approved', decidedAt, 'run-1')).toEqual(approved);
    clock.advance(60_000);
    expect(await store.decide(held, 'held', 'applied', clock.now())).toBeUndefined();
    expect(await store.decide(held, 'approved', 'applied', clock.now())).toEqual({ ...approved, state: 'applied' });
  });

  it('holds a new plan once the one before is decided', async () => {
    const { store, connection, plan, clock } = setUp();
    const first = await store.hold(plan(1));
    await store.decide(first, 'held', 'discarded', clock.now());
    const second = plan(2);
    expect(await store.hold(second)).toEqual(second);
    expect(await store.heldFor(second, 'absent')).toEqual(second);
    expect((await store.list({ connection, limit: 10 })).map(({ state }) => state)).toEqual(['held', 'discarded']);
  });

  it('does not open a decided plan again that is held a second time', async () => {
    const { store, plan, clock } = setUp();
    const held = await store.hold(plan(1));
    const decided = await store.decide(held, 'held', 'approved', clock.now());
    expect(await store.hold(plan(1))).toEqual(decided);
    expect(await store.heldFor(held, 'absent')).toBeUndefined();
  });

  it('lists newest first, by state, up to a limit', async () => {
    const { store, connection, plan, clock } = setUp();
    for (let number = 1; number <= 6; number += 1) await store.hold(plan(number, { partition: `p${number}` }));
    await store.decide(plan(2), 'held', 'approved', clock.now());
    await store.decide(plan(5), 'held', 'approved', clock.now());
    const ids = async (filter: Partial<Parameters<PlanStore['list']>[0]>) =>
      (await store.list({ connection, limit: 10, ...filter })).map(({ partition }) => partition);
    expect(await ids({ limit: 4 })).toEqual(['p6', 'p5', 'p4', 'p3']);
    expect(await ids({ state: 'approved' })).toEqual(['p5', 'p2']);
    expect(await ids({ state: 'held', limit: 3 })).toEqual(['p6', 'p4', 'p3']);
    expect(await ids({ state: 'expired' })).toEqual([]);
    expect(await ids({ connection: `${connection}-b` })).toEqual([]);
  });

  it('keeps a plan for ninety days after it was decided, or could no longer be', async () => {
    const { store, connection, plan, clock } = setUp();
    const undecided = await store.hold(plan(0));
    const decided = await store.hold(plan(0, { partition: 'p2', plan: plan(1).plan }));
    clock.advance(DAY_MS);
    await store.decide(decided, 'held', 'discarded', clock.now());
    const left = async () => (await store.list({ connection, limit: 10 })).map(({ partition }) => partition);
    clock.advance(90 * DAY_MS - 1_000);
    expect(await left()).toEqual(['p2', undecided.partition]);
    clock.advance(1_000);
    expect(await left()).toEqual([undecided.partition]);
    expect(await store.find(decided.plan, [connection])).toBeUndefined();
    clock.advance(6 * DAY_MS);
    expect(await left()).toEqual([]);
    expect(await store.heldFor(undecided, 'absent')).toBeUndefined();
  });
}
