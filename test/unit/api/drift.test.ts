import { describe, expect, it } from 'vitest';
import { problem } from '../../../functions/api/schemas/common.ts';
import { auditAnswer, driftAnswer } from '../../../functions/api/schemas/drift.ts';
import { run as runSchema } from '../../../functions/api/schemas/run.ts';
import { type DriftReport, NO_DRIFT } from '../../../lib/domain/drift.ts';
import { toIso } from '../../../lib/domain/instant.ts';
import { auditItem, partitionKey } from '../../../lib/domain/names.ts';
import { auditAll } from '../../../lib/sync/plan-seldom.ts';
import { InMemoryHintInbox } from '../../fakes/in-memory-hint-inbox.ts';
import { ApiWorld, EVENT, MAIN, openConnection } from './api-world.ts';

const ALL = auditItem('*');
const OF_EVENT = auditItem(EVENT);

async function audit(world: ApiWorld, path = '', body?: unknown) {
  const answer = await world.post(`/v1/drift${path}`, body);
  expect(answer.status).toBe(202);
  return auditAnswer.parse(answer.body);
}

async function forceOf(world: ApiWorld, item: string, stream = MAIN) {
  return (await world.partitions.read(partitionKey(stream, item)))?.force;
}

describe('an audit that somebody asks for', () => {
  it('of one partition is remembered, repairs as the policy says, and goes ahead of what is scheduled', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT);
    const { runs } = await audit(world, `/main/registrations/${EVENT}`);
    const run = runs[0]?.run ?? '';
    expect(runs).toEqual([{ ...MAIN, partition: EVENT, run, joined: false }]);
    expect(await forceOf(world, OF_EVENT)).toMatchObject({ run, wish: { repair: true } });
    expect(world.queue.sent).toEqual([{ task: { ...MAIN, partition: EVENT, task: 'audit', run }, lane: 'priority' }]);
    const followed = runSchema.parse((await world.get(`/v1/runs/${run}`)).body);
    expect(followed).toMatchObject({ task: 'audit', trigger: 'force', partition: EVENT, drift: null });
  });

  it('of a stream waits its turn, and does as it is told', async () => {
    const world = new ApiWorld();
    const { runs } = await audit(world, '/main/registrations', { repair: false, deep: true });
    expect(runs).toMatchObject([{ partition: null }]);
    expect(await forceOf(world, ALL)).toMatchObject({ wish: { repair: false, deep: true } });
    expect(world.queue.sent).toMatchObject([{ task: { task: 'audit', partition: '*' }, lane: 'scheduled' }]);
  });

  it('joins one that waits, and gives it the later wish', async () => {
    const world = new ApiWorld();
    const [first] = (await audit(world, '/main')).runs;
    const [second] = (await audit(world, '/main', { repair: false })).runs;
    expect(second).toEqual({ ...first, joined: true });
    expect(await forceOf(world, ALL)).toMatchObject({ wish: { repair: false } });
    expect(world.queue.sent).toHaveLength(1);
  });

  it('is completed by the next request when an earlier one broke off before the queue', async () => {
    const world = new ApiWorld();
    await world.partitions.requestForce(partitionKey(MAIN, ALL), '0mi8k2f5c-q3v9x0ab', {});
    expect((await audit(world, '/main')).runs).toMatchObject([{ run: '0mi8k2f5c-q3v9x0ab', joined: true }]);
    expect(world.queue.sent).toHaveLength(1);
  });

  it('reaches paused streams, and names those it cannot reach', async () => {
    const world = new ApiWorld();
    world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
    await world.streams.setPaused(MAIN, true);
    const { runs, skipped } = await audit(world);
    expect(runs).toMatchObject([MAIN]);
    expect(skipped).toEqual([
      { connection: 'off', stream: 'registrations', reason: 'it is disabled' },
      { connection: 'bad', stream: null, reason: 'the connection cannot be opened' },
    ]);
  });

  it.each([
    ['of a disabled connection', '/off', '409 connection-disabled'],
    ['of an event nobody has seen', '/main/registrations/42', '404 unknown-partition'],
    ['with an unknown wish', '/main', '422 invalid', { repai: true }],
    ['of a stream that is none', '/main/*audit', '422 invalid'],
  ])('%s is refused and leaves nothing behind', async (_, path, refusal, body?: unknown) => {
    const world = new ApiWorld();
    const before = world.traces();
    const { status, type } = problem.parse((await world.post(`/v1/drift${path}`, body)).body);
    expect(`${status} ${type.split(':').at(-1)}`).toBe(refusal);
    expect(world.traces()).toEqual(before);
  });

  it('needs the scope operate', async () => {
    expect((await new ApiWorld().post('/v1/drift', undefined, 'read')).status).toBe(403);
  });
});

describe('the daily audit', () => {
  const slice = { owner: 'test', remainingMs: () => 100_000 };

  async function auditDaily(world: ApiWorld): Promise<void> {
    const deletions = { reserve: async () => true, lastDay: async () => 0 };
    const others = { cache: world.cache, deletions, hints: new InMemoryHintInbox(world.clock) };
    await auditAll({ ...world.dependencies, ...others }, world.dependencies.sources, slice);
  }

  it('asks for every stream as its policy says', async () => {
    const world = new ApiWorld();
    world.open = [
      openConnection('main', { audit: 'repair' }),
      openConnection('watched', { audit: 'report' }),
      openConnection('unwatched', { audit: 'off' }),
      openConnection('off', { enabled: false }),
    ];
    await auditDaily(world);
    expect(world.queue.sent.map(({ task: { connection }, lane }) => `${connection} ${lane}`)).toEqual([
      'main scheduled',
      'watched scheduled',
    ]);
    expect(await forceOf(world, ALL)).toMatchObject({ wish: { repair: true } });
    expect(await forceOf(world, ALL, { ...MAIN, connection: 'watched' })).toMatchObject({ wish: { repair: false } });
    expect((await world.runs.list({ connection: 'main', limit: 1 })).runs).toMatchObject([{ trigger: 'schedule' }]);
  });

  it('leaves paused streams and the wishes of people alone', async () => {
    const world = new ApiWorld();
    await audit(world, '/main', { deep: true });
    await auditDaily(world);
    expect(await forceOf(world, ALL)).toMatchObject({ wish: { deep: true } });
    const paused = new ApiWorld();
    await paused.streams.setPaused(MAIN, true);
    await auditDaily(paused);
    expect(paused.queue.sent).toEqual([]);
  });
});

describe('drift', () => {
  async function addReport(world: ApiWorld, partition: string, change: Partial<DriftReport> = {}): Promise<void> {
    await world.drift.put({
      ...partitionKey(MAIN, partition),
      run: '0mi8k2f5c-q3v9x0ab',
      at: world.clock.now(),
      counts: NO_DRIFT,
      ids: { missing: [], stale: [], extra: [], corrupt: [] },
      repaired: false,
      swept: 10,
      compared: 10,
      sourceCalls: 0,
      cacheCommands: 2,
      ...change,
    });
  }

  async function drift(world: ApiWorld, path = '') {
    return driftAnswer.parse((await world.get(`/v1/drift${path}`)).body);
  }

  it('is told by partition, and summed up', async () => {
    const world = new ApiWorld();
    const at = toIso(world.clock.now());
    const ids = { missing: ['7', '8'], stale: [], extra: [], corrupt: ['9'] };
    await addReport(world, '1', { counts: { missing: 64, stale: 0, extra: 0, corrupt: 1 }, ids, repaired: true });
    world.clock.advance(1_000);
    await addReport(world, '2');
    const { drift: reports, totals, next } = await drift(world);
    expect(reports).toMatchObject([
      { ...MAIN, partition: '1', at, counts: { missing: 64 }, ids, repaired: true },
      { partition: '2' },
    ]);
    expect(totals).toEqual({
      partitions: 2,
      drifted: 1,
      missing: 64,
      stale: 0,
      extra: 0,
      corrupt: 1,
      earliestAt: at,
      truncated: false,
    });
    expect(next).toBeNull();
    expect(await drift(world, '/main/registrations/1')).toMatchObject({ drift: [{ partition: '1' }] });
    expect(await drift(world, '/main/registrations/3')).toMatchObject({ drift: [], totals: { partitions: 0 } });
  });

  it('of many partitions and streams is paged, each partition once', async () => {
    const world = new ApiWorld();
    world.open = [openConnection('main'), openConnection('other')];
    for (let index = 0; index < 130; index += 1) await addReport(world, String(1_000 + index));
    await addReport(world, '1', { connection: 'other' });
    const seen: string[] = [];
    let query = '';
    do {
      const { drift: reports, totals, next } = await drift(world, query);
      expect(totals.partitions).toBe(131);
      seen.push(...reports.map(({ connection, partition }) => `${connection}/${partition}`));
      query = next === null ? '' : `?cursor=${next}`;
    } while (query !== '');
    expect(new Set(seen).size).toBe(131);
    expect(seen).toHaveLength(131);
  });
});
