import { describe, expect, it } from 'vitest';
import { run } from '../../../functions/api/schemas/run.ts';
import { syncAnswer } from '../../../functions/api/schemas/work.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import { ApiWorld, EVENT, MAIN, openConnection, REGISTRATIONS } from './api-world.ts';

const PATH = `/v1/sync/main/registrations/${EVENT}`;

async function worldWithOneEvent(): Promise<ApiWorld> {
  const world = new ApiWorld();
  await world.addPartition(EVENT);
  return world;
}

async function sync(world: ApiWorld, path: string, body?: unknown) {
  const answer = await world.post(path, body);
  expect(answer.status).toBe(202);
  return syncAnswer.parse(answer.body);
}

describe('a force of one partition', () => {
  it('without a body reads it whole, on the priority lane, under a run that can be followed', async () => {
    const world = await worldWithOneEvent();
    const answer = await sync(world, PATH);
    const id = answer.run ?? '';
    expect(answer).toMatchObject({
      mode: 'full',
      requests: [{ partition: EVENT, state: 'queued', run: id }],
      skipped: [],
    });
    expect(world.queue.sent).toEqual([
      { task: { ...MAIN, partition: EVENT, task: 'full', run: id }, lane: 'priority' },
    ]);
    const followed = await world.get(`/v1/runs/${id}`);
    expect(run.parse(followed.body)).toMatchObject({
      run: id,
      task: 'full',
      trigger: 'force',
      state: 'queued',
      outcome: null,
    });
    expect((await world.partitions.read(partitionKey(MAIN, EVENT)))?.force?.run).toBe(id);
  });

  it('asked a thousand times is one run and one message', async () => {
    const world = await worldWithOneEvent();
    const first = await sync(world, PATH);
    const rest = await Promise.all(Array.from({ length: 999 }, () => sync(world, PATH)));
    expect(new Set(rest.map((answer) => answer.run))).toEqual(new Set([first.run]));
    expect(new Set(rest.map((answer) => answer.requests[0]?.state))).toEqual(new Set(['joined']));
    expect(world.queue.sent).toHaveLength(1);
    expect((await world.runs.list({ connection: 'main', limit: 100 })).runs).toHaveLength(1);
  });

  it('is completed by the next request when an earlier one broke off before the queue', async () => {
    const world = await worldWithOneEvent();
    await world.partitions.requestForce(partitionKey(MAIN, EVENT), '0mi8k2f5c-q3v9x0ab');
    const answer = await sync(world, PATH);
    expect(answer.run).toBe('0mi8k2f5c-q3v9x0ab');
    expect(world.queue.sent).toHaveLength(1);
    expect(await world.runs.find('0mi8k2f5c-q3v9x0ab', ['main'])).toBeDefined();
  });

  it('is accepted though the queue fails: it is remembered where the planner finds it', async () => {
    const world = await worldWithOneEvent();
    world.queue.refuses = () => true;
    const answer = await sync(world, PATH);
    expect((await world.partitions.read(partitionKey(MAIN, EVENT)))?.force?.run).toBe(answer.run);
    expect(world.telemetry.logs).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it('works while its stream is paused', async () => {
    const world = await worldWithOneEvent();
    await world.streams.setPaused(MAIN, true);
    await sync(world, PATH);
    expect(world.queue.sent).toHaveLength(1);
  });

  it('reads a body the gateway encoded in base64', async () => {
    const world = await worldWithOneEvent();
    const body = btoa('{"mode":"incremental"}');
    const answer = await world.request('POST', PATH, { scopes: 'read operate', body, base64: true });
    expect(syncAnswer.parse(answer.body).mode).toBe('incremental');
  });

  it('is refused while its connection is disabled', async () => {
    const world = await worldWithOneEvent();
    world.open = [openConnection('main', { enabled: false })];
    const answer = await world.post(PATH);
    expect(answer.status).toBe(409);
    expect(world.queue.sent).toEqual([]);
  });
});

describe('an incremental of one partition', () => {
  it('re-reads what is due and claims no run, because its message carries none', async () => {
    const world = await worldWithOneEvent();
    const answer = await sync(world, PATH, { mode: 'incremental' });
    expect(answer).toMatchObject({ mode: 'incremental', run: null, requests: [{ state: 'queued', run: null }] });
    expect(world.queue.sent).toEqual([
      { task: { ...MAIN, partition: EVENT, task: 'window', reason: 'due' }, lane: 'priority' },
    ]);
    expect((await world.runs.list({ connection: 'main', limit: 1 })).runs).toEqual([]);
  });

  it('is not accepted when the queue fails, because nothing else remembers it', async () => {
    const world = await worldWithOneEvent();
    world.queue.refuses = () => true;
    expect((await world.post(PATH, { mode: 'incremental' })).status).toBe(503);
  });
});

describe('a sync of streams', () => {
  it('is incremental without a body: the streams are due, and one message asks for the cycle at once', async () => {
    const world = new ApiWorld();
    world.open = [openConnection('main', { streams: [REGISTRATIONS, { ...REGISTRATIONS, name: 'tickets' }] })];
    const answer = await sync(world, '/v1/sync/main');
    expect(answer.requests.map(({ stream, state, nextRunAt }) => [stream, state, nextRunAt])).toEqual([
      ['registrations', 'due', '2026-11-21T06:47:00.000Z'],
      ['tickets', 'due', '2026-11-21T06:47:00.000Z'],
    ]);
    expect((await world.streams.read(MAIN))?.nextDueAt).toBe(world.clock.now());
    expect(world.queue.sent).toEqual([{ task: { ...MAIN, partition: '*', task: 'plan' }, lane: 'priority' }]);
  });

  it('is accepted though the queue fails: the schedule finds it', async () => {
    const world = new ApiWorld();
    world.queue.refuses = () => true;
    await sync(world, '/v1/sync/main');
    expect((await world.streams.read(MAIN))?.nextDueAt).toBe(world.clock.now());
  });

  it('in full walks the stream once, however often it is asked', async () => {
    const world = new ApiWorld();
    const first = await sync(world, '/v1/sync/main/registrations', { mode: 'full' });
    const second = await sync(world, '/v1/sync/main/registrations', { mode: 'full' });
    expect(second).toMatchObject({ run: first.run, requests: [{ partition: null, state: 'joined' }] });
    expect(world.queue.sent).toEqual([
      { task: { ...MAIN, partition: '*', task: 'walk', run: first.run }, lane: 'scheduled' },
    ]);
  });

  it('in full reads each partition of a stream whose partitions are asked one by one, once', async () => {
    const world = await worldWithOneEvent();
    await world.addPartition('2');
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'partition' }] })];
    const first = await sync(world, '/v1/sync/main/registrations', { mode: 'full' });
    const second = await sync(world, '/v1/sync/main/registrations', { mode: 'full' });
    expect(new Set(first.requests.map(({ partition }) => partition))).toEqual(new Set(['2', EVENT]));
    expect(second.requests.map(({ state }) => state)).toEqual(['joined', 'joined']);
    expect(world.queue.sent.map(({ task, lane }) => [task.task, task.partition, lane])).toEqual(
      first.requests.map(({ partition }) => ['full', partition, 'scheduled']),
    );
  });

  it('in full asks for the first load where no partition is known that could be asked', async () => {
    const world = new ApiWorld();
    world.open = [openConnection('main', { streams: [{ ...REGISTRATIONS, coverage: 'partition' }] })];
    const answer = await sync(world, '/v1/sync/main/registrations', { mode: 'full' });
    expect(answer).toMatchObject({ run: null, requests: [{ partition: null, state: 'due' }] });
    expect(world.queue.sent).toMatchObject([{ task: { task: 'plan' }, lane: 'priority' }]);
  });

  it('in full works while the stream is paused; incremental is refused with what to do', async () => {
    const world = new ApiWorld();
    await world.streams.setPaused(MAIN, true);
    expect((await world.post('/v1/sync/main/registrations')).status).toBe(409);
    expect((await world.streams.read(MAIN))?.nextDueAt).toBeUndefined();
    await sync(world, '/v1/sync/main/registrations', { mode: 'full' });
  });

  it('of everything says what it left out and why', async () => {
    const world = new ApiWorld();
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
    const answer = await sync(world, '/v1/sync');
    expect(answer.requests.map(({ connection }) => connection)).toEqual(['main']);
    expect(answer.skipped).toEqual([
      { connection: 'off', stream: 'registrations', reason: 'it is disabled' },
      { connection: 'bad', stream: null, reason: 'the connection cannot be opened' },
    ]);
  });

  it('of everything is refused when there is nothing that could be synced', async () => {
    const world = new ApiWorld();
    world.open = [];
    expect((await world.post('/v1/sync')).status).toBe(409);
  });
});
