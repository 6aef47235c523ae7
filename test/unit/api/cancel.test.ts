import { describe, expect, it } from 'vitest';
import { problem } from '../../../functions/api/schemas/common.ts';
import { auditAnswer } from '../../../functions/api/schemas/drift.ts';
import { cancelAnswer } from '../../../functions/api/schemas/run.ts';
import { syncAnswer } from '../../../functions/api/schemas/work.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { auditItem, partitionKey } from '../../../lib/domain/names.ts';
import { ApiWorld, EVENT, MAIN } from './api-world.ts';

const RUN = '0mi8k2f5c-q3v9x0ab';

async function refusalOf(world: ApiWorld, run: string) {
  const { status, type } = problem.parse((await world.post(`/v1/runs/${run}/cancel`)).body);
  return `${status} ${type.split(':').at(-1)}`;
}

async function worldWithFull(path = `/v1/sync/main/registrations/${EVENT}`) {
  const world = new ApiWorld();
  await world.addPartition(EVENT);
  const answer = syncAnswer.parse((await world.post(path, { mode: 'full' })).body);
  world.queue.sent.splice(0);
  return { world, run: answer.run ?? '' };
}

describe('cancelling', () => {
  it.each([
    ['a full', `/v1/sync/main/registrations/${EVENT}`, EVENT, 'full'],
    ['a walk', '/v1/sync/main/registrations', '*', 'walk'],
  ])('%s is remembered with it, and a worker is sent for', async (_, path, partition, task) => {
    const { world, run } = await worldWithFull(path);
    const answer = await world.post(`/v1/runs/${run}/cancel`);
    expect(answer.status).toBe(202);
    expect(cancelAnswer.parse(answer.body)).toMatchObject({ run });
    expect((await world.partitions.read(partitionKey(MAIN, partition)))?.cancel).toBe(run);
    expect(world.queue.sent).toEqual([{ task: { ...MAIN, partition, task, run }, lane: 'priority' }]);
  });

  it('an audit is remembered where the audit keeps its place', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT);
    const { runs } = auditAnswer.parse((await world.post(`/v1/drift/main/registrations/${EVENT}`)).body);
    const run = runs[0]?.run ?? '';
    expect((await world.post(`/v1/runs/${run}/cancel`)).status).toBe(202);
    expect((await world.partitions.read(partitionKey(MAIN, auditItem(EVENT))))?.cancel).toBe(run);
    expect(world.queue.sent.at(-1)).toEqual({
      task: { ...MAIN, partition: EVENT, task: 'audit', run },
      lane: 'priority',
    });
  });

  it('may be repeated, and is taken back by asking for the full again', async () => {
    const { world, run } = await worldWithFull();
    await world.post(`/v1/runs/${run}/cancel`);
    expect((await world.post(`/v1/runs/${run}/cancel`)).status).toBe(202);
    await world.post(`/v1/sync/main/registrations/${EVENT}`);
    expect((await world.partitions.read(partitionKey(MAIN, EVENT)))?.cancel).toBeUndefined();
  });

  it('counts though the queue takes no message: the planner finds it', async () => {
    const { world, run } = await worldWithFull();
    world.queue.refuses = () => true;
    expect((await world.post(`/v1/runs/${run}/cancel`)).status).toBe(202);
    expect((await world.partitions.read(partitionKey(MAIN, EVENT)))?.cancel).toBe(run);
  });

  it('an unknown run is refused', async () => {
    expect(await refusalOf(new ApiWorld(), RUN)).toBe('404 unknown-run');
  });

  it('a run that has ended is refused, whatever the history says of it', async () => {
    const { world, run } = await worldWithFull();
    await world.addPartition(EVENT, { forceDone: run });
    expect(await refusalOf(world, run)).toBe('409 run-ended');
    const known = await world.runs.find(run, ['main']);
    if (known !== undefined) await world.runs.put({ ...known, state: 'ended', outcome: 'succeeded' });
    expect(await refusalOf(world, run)).toBe('409 run-ended');
    expect(world.queue.sent).toEqual([]);
  });

  it('a run that is over in seconds is refused', async () => {
    const world = new ApiWorld();
    const delta = { ...partitionKey(MAIN, '*'), run: RUN, task: 'delta', trigger: 'schedule' } as const;
    await world.addRun({ ...delta, state: 'running', requestedAt: world.clock.now(), ledger: EMPTY_LEDGER });
    expect(await refusalOf(world, RUN)).toBe('409 not-cancellable');
  });

  it('needs the scope operate', async () => {
    const { world, run } = await worldWithFull();
    expect((await world.post(`/v1/runs/${run}/cancel`, undefined, 'read')).status).toBe(403);
  });
});
