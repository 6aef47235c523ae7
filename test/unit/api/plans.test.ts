import { describe, expect, it } from 'vitest';
import { problem } from '../../../functions/api/schemas/common.ts';
import { planDecided, planList, plan as planSchema } from '../../../functions/api/schemas/plan.ts';
import { run as runSchema } from '../../../functions/api/schemas/run.ts';
import { type DeletionPlan, PLAN_LIFETIME_MS } from '../../../lib/domain/deletion-plan.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import { ApiWorld, EVENT, MAIN } from './api-world.ts';

const PLAN = '0mi8k2f5c-q3v9x0ab';
const KEY = partitionKey(MAIN, EVENT);

async function worldWithPlan(change: Partial<DeletionPlan> = {}): Promise<ApiWorld> {
  const world = new ApiWorld();
  await world.addPartition(EVENT);
  await hold(world, change);
  return world;
}

async function hold(world: ApiWorld, change: Partial<DeletionPlan> = {}): Promise<void> {
  const now = world.clock.now();
  await world.plans.hold({
    ...KEY,
    plan: PLAN,
    reason: 'absent',
    rule: 'share-of-partition',
    state: 'held',
    removals: 312,
    cached: 2_419,
    sample: ['1', '2'],
    createdAt: now,
    expiresAt: plusMs(now, PLAN_LIFETIME_MS),
    ...change,
  });
}

async function apply(world: ApiWorld) {
  const answer = await world.post(`/v1/plans/${PLAN}/apply`);
  expect(answer.status).toBe(202);
  return planDecided.parse(answer.body);
}

async function refusalOf(world: ApiWorld, decision: 'apply' | 'discard') {
  const { body } = await world.post(`/v1/plans/${PLAN}/${decision}`);
  const { status, type, detail } = problem.parse(body);
  return { refusal: `${status} ${type.split(':').at(-1)}`, detail };
}

async function listed(world: ApiWorld, query = '') {
  const { body } = await world.get(`/v1/plans${query}`);
  return planList.parse(body).plans.map(({ plan, state }) => `${plan} ${state}`);
}

describe('applying a deletion plan', () => {
  it('approves as many removals for a full on the priority lane, under a run that names the plan', async () => {
    const world = await worldWithPlan();
    const { plan, run } = await apply(world);
    expect(plan).toMatchObject({ plan: PLAN, state: 'approved', run });
    const { force } = (await world.partitions.read(KEY)) ?? {};
    expect(force).toMatchObject({ run, wish: { approved: 312, plan: PLAN } });
    expect(world.queue.sent).toEqual([{ task: { ...KEY, task: 'full', run }, lane: 'priority' }]);
    const followed = runSchema.parse((await world.get(`/v1/runs/${run}`)).body);
    expect(followed).toMatchObject({ task: 'full', trigger: 'plan', plan: PLAN, state: 'queued' });
  });

  it('of a whole stream walks it', async () => {
    const world = await worldWithPlan({ partition: '*' });
    const { plan, run } = await apply(world);
    expect(plan.partition).toBeNull();
    expect(world.queue.sent[0]?.task).toEqual({ ...MAIN, partition: '*', task: 'walk', run });
  });

  it('asked again is the same run, and no second message', async () => {
    const world = await worldWithPlan();
    const first = await apply(world);
    expect(await apply(world)).toEqual(first);
    expect(world.queue.sent).toHaveLength(1);
  });

  it('gives its approval to a full that waits already', async () => {
    const world = await worldWithPlan();
    await world.post(`/v1/sync/main/registrations/${EVENT}`);
    const waiting = (await world.partitions.read(KEY))?.force?.run;
    expect((await apply(world)).run).toBe(waiting);
    expect((await world.partitions.read(KEY))?.force?.wish).toEqual({ approved: 312, plan: PLAN });
    expect((await apply(world)).run).toBe(waiting);
  });

  it('asked again completes what broke off after the decision', async () => {
    const world = await worldWithPlan();
    const held = await world.plans.find(PLAN, ['main']);
    if (held !== undefined) await world.plans.decide(held, 'held', 'approved', world.clock.now(), PLAN);
    await apply(world);
    expect((await world.partitions.read(KEY))?.force).toMatchObject({ run: PLAN, wish: { approved: 312, plan: PLAN } });
    expect(world.queue.sent).toHaveLength(1);
  });

  it('asked again after its run has failed starts another', async () => {
    const world = await worldWithPlan();
    const first = await apply(world);
    const known = await world.runs.find(first.run ?? '', ['main']);
    if (known !== undefined) await world.runs.put({ ...known, state: 'ended', outcome: 'failed' });
    await world.addPartition(EVENT, { forceDone: first.run ?? '' });
    const second = await apply(world);
    expect(second.run).not.toBe(first.run);
    expect((await world.partitions.read(KEY))?.force?.run).toBe(second.run);
  });

  it('is left to the planner when the queue takes no message: the force is remembered', async () => {
    const world = await worldWithPlan();
    world.queue.refuses = () => true;
    await apply(world);
    expect((await world.partitions.read(KEY))?.force?.wish).toEqual({ approved: 312, plan: PLAN });
  });

  it('that was carried out returns it', async () => {
    const world = await worldWithPlan();
    const { plan, run } = await apply(world);
    const approved = await world.plans.find(plan.plan, ['main']);
    if (approved !== undefined) await world.plans.decide(approved, 'approved', 'applied', world.clock.now());
    expect(await apply(world)).toMatchObject({ plan: { state: 'applied' }, run });
  });

  it('that has expired says how to get another, and changes nothing', async () => {
    const world = await worldWithPlan();
    world.clock.advance(PLAN_LIFETIME_MS);
    const before = world.traces();
    const { refusal, detail } = await refusalOf(world, 'apply');
    expect(refusal).toBe('409 plan-expired');
    expect(detail).toContain(`POST /v1/sync/main/registrations/${EVENT}`);
    expect(world.traces()).toEqual(before);
  });

  it('that needs a source nobody may ask is refused', async () => {
    const world = await worldWithPlan({ connection: 'off' });
    expect((await refusalOf(world, 'apply')).refusal).toBe('409 connection-disabled');
    expect(await world.plans.find(PLAN, ['off'])).toMatchObject({ state: 'held' });
  });
});

describe('applying a plan to drop what nobody keeps', () => {
  it('asks a worker by a message, though the connection is gone', async () => {
    const world = await worldWithPlan({ connection: 'gone', partition: '*', reason: 'connection-removed' });
    await world.registry.remember({ connection: 'gone', streams: [] });
    const { run } = await apply(world);
    const key = { connection: 'gone', stream: 'registrations', partition: '*' };
    expect(world.queue.sent).toEqual([{ task: { ...key, task: 'drop', plan: PLAN }, lane: 'priority' }]);
    expect(runSchema.parse((await world.get(`/v1/runs/${run}`)).body)).toMatchObject({ task: 'drop', plan: PLAN });
  });

  it('is asked for again when the queue took no message', async () => {
    const world = await worldWithPlan({ reason: 'partition-gone' });
    world.queue.refuses = () => true;
    expect((await refusalOf(world, 'apply')).refusal).toBe('503 unavailable');
    world.queue.refuses = () => false;
    await apply(world);
    expect(world.queue.sent).toHaveLength(1);
  });

  it('sends no message once a worker has begun', async () => {
    const world = await worldWithPlan({ reason: 'orphaned-keys' });
    const { run } = await apply(world);
    const entry = { ...KEY, run: run ?? '', task: 'drop', trigger: 'plan', plan: PLAN, ledger: EMPTY_LEDGER } as const;
    await world.runs.put({ ...entry, state: 'running', requestedAt: world.clock.now() });
    expect((await apply(world)).run).toBe(run);
    expect(world.queue.sent).toHaveLength(1);
  });
});

describe('discarding a deletion plan', () => {
  it('keeps the records, and may be repeated', async () => {
    const world = await worldWithPlan();
    const first = await world.post(`/v1/plans/${PLAN}/discard`);
    expect(first.status).toBe(200);
    expect(planDecided.parse(first.body)).toMatchObject({ plan: { state: 'discarded' }, run: null });
    expect((await world.post(`/v1/plans/${PLAN}/discard`)).body).toEqual(first.body);
    expect(world.queue.sent).toEqual([]);
    expect((await refusalOf(world, 'apply')).refusal).toBe('409 plan-decided');
  });

  it('comes too late once it is approved, and says how to end its run', async () => {
    const world = await worldWithPlan();
    const { run } = await apply(world);
    const { refusal, detail } = await refusalOf(world, 'discard');
    expect(refusal).toBe('409 plan-decided');
    expect(detail).toContain(run ?? 'no run');
  });
});

describe('deletion plans', () => {
  const OLDER = '0mi8k2f5a-aaaaaaaa';

  it('are listed newest first, over all connections or one', async () => {
    const world = await worldWithPlan();
    await hold(world, { plan: OLDER, connection: 'off' });
    expect(await listed(world)).toEqual([`${PLAN} held`, `${OLDER} held`]);
    expect(await listed(world, '?connection=off')).toEqual([`${OLDER} held`]);
    expect(await listed(world, '?limit=1')).toEqual([`${PLAN} held`]);
    expect((await world.get('/v1/plans?connection=mian')).status).toBe(404);
  });

  it('are listed by the state they are in now', async () => {
    const world = await worldWithPlan();
    expect(await listed(world, '?state=held')).toEqual([`${PLAN} held`]);
    world.clock.advance(PLAN_LIFETIME_MS);
    expect(await listed(world, '?state=held')).toEqual([]);
    expect(await listed(world, '?state=expired')).toEqual([`${PLAN} expired`]);
    expect(planSchema.parse((await world.get(`/v1/plans/${PLAN}`)).body).state).toBe('expired');
  });
});
