import { describe, expect, it } from 'vitest';
import { partitionDetail, streamDetail } from '../../../functions/api/schemas/status.ts';
import { PLAN_LIFETIME_MS } from '../../../lib/domain/deletion-plan.ts';
import { plusMs, toIso } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { auditItem, partitionKey, WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { ApiWorld, EVENT, MAIN } from './api-world.ts';

const RUN = '0mi8k2f5c-q3v9x0ab';
const DRIFT = { missing: 64, stale: 0, extra: 1, corrupt: 0 };

async function partition(world: ApiWorld, id = EVENT) {
  return partitionDetail.parse((await world.get(`/v1/status/main/registrations/${id}`)).body);
}

async function stream(world: ApiWorld) {
  return streamDetail.parse((await world.get('/v1/status/main/registrations')).body);
}

async function hold(world: ApiWorld, plan: string, partitionId: string, streamName = MAIN.stream): Promise<void> {
  const createdAt = world.clock.now();
  await world.plans.hold({
    connection: 'main',
    stream: streamName,
    partition: partitionId,
    plan,
    reason: 'absent',
    rule: 'empties-partition',
    state: 'held',
    removals: 3,
    cached: 3,
    sample: [],
    createdAt,
    expiresAt: plusMs(createdAt, PLAN_LIFETIME_MS),
  });
}

describe('the status of a stream and its partitions', () => {
  it('names the deletion plans that wait for a person, until they expire', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT);
    await world.addPartition('2');
    await hold(world, '0mi8k2f51-aaaaaaaa', EVENT);
    await hold(world, '0mi8k2f52-aaaaaaaa', WHOLE_STREAM);
    await hold(world, '0mi8k2f53-aaaaaaaa', EVENT, 'orders');
    const both = ['0mi8k2f52-aaaaaaaa', '0mi8k2f51-aaaaaaaa'];
    const { heldPlans, partitionList } = await stream(world);
    expect(heldPlans).toEqual(both);
    expect(partitionList.items.map(({ partition: id, heldPlans: plans }) => [id, plans])).toEqual([
      ['2', ['0mi8k2f52-aaaaaaaa']],
      [EVENT, both],
    ]);
    expect((await partition(world)).heldPlans).toEqual(both);
    world.clock.advance(PLAN_LIFETIME_MS);
    expect((await stream(world)).heldPlans).toEqual([]);
  });

  it('tells what the last audit found, and when', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT);
    const at = world.clock.now();
    const key = partitionKey(MAIN, WHOLE_STREAM);
    const run = { ...key, run: RUN, task: 'audit', trigger: 'schedule', ledger: EMPTY_LEDGER } as const;
    await world.addRun({ ...run, state: 'ended', outcome: 'succeeded', requestedAt: at, drift: DRIFT });
    const lastRun = { run: RUN, task: 'audit', outcome: 'succeeded', at, durationMs: 1, ledger: EMPTY_LEDGER } as const;
    await world.addPartition(auditItem(WHOLE_STREAM), { lastRun });
    await world.drift.put({
      ...partitionKey(MAIN, EVENT),
      run: RUN,
      at,
      counts: DRIFT,
      ids: { missing: [], stale: [], extra: [], corrupt: [] },
      repaired: true,
      swept: 1,
      compared: 1,
      sourceCalls: 0,
      cacheCommands: 1,
    });
    const expected = { run: RUN, at: toIso(at), drift: DRIFT };
    expect(await stream(world)).toMatchObject({ lastAudit: expected, auditing: null, partitions: { total: 1 } });
    expect(await partition(world)).toMatchObject({ lastAudit: expected });
  });

  it('names an audit that waits, which is no partition of the stream', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT);
    await world.post('/v1/drift/main/registrations');
    await world.post(`/v1/drift/main/registrations/${EVENT}`);
    const { auditing, partitions, partitionList, lastAudit } = await stream(world);
    expect(auditing).toMatch(/^[0-9a-z]{9}-/);
    expect(lastAudit).toBeNull();
    expect(partitions.total).toBe(1);
    expect(partitionList.items.map(({ partition: id }) => id)).toEqual([EVENT]);
  });

  it('counts what is in quarantine, up to a hundred', async () => {
    const world = new ApiWorld();
    const rejected = (id: number) =>
      ({ id: String(id), reason: 'malformed', contentHash: 'aaaaaaaaaaaaaaaa' }) as const;
    await world.quarantine.put(MAIN, [rejected(1)]);
    expect((await stream(world)).quarantined).toEqual({ count: 1, more: false });
    await world.quarantine.put(
      MAIN,
      Array.from({ length: 120 }, (_, index) => rejected(index)),
    );
    expect((await stream(world)).quarantined).toEqual({ count: 100, more: true });
  });

  it('says that they are rebuilt: one partition, or all with their stream', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT);
    await world.addPartition('2');
    await world.partitions.markRebuild(partitionKey(MAIN, '2'));
    expect((await partition(world)).rebuilding).toBe(false);
    expect((await partition(world, '2')).rebuilding).toBe(true);
    expect((await stream(world)).rebuilding).toBe(false);
    await world.partitions.markRebuild(partitionKey(MAIN, WHOLE_STREAM));
    expect((await partition(world)).rebuilding).toBe(true);
    const { rebuilding, partitionList } = await stream(world);
    expect([rebuilding, ...partitionList.items.map((item) => item.rebuilding)]).toEqual([true, true, true]);
  });

  it('says which run is being cancelled, and that a run was', async () => {
    const world = new ApiWorld();
    await world.addPartition(EVENT);
    const walk = partitionKey(MAIN, WHOLE_STREAM);
    for (const key of [walk, partitionKey(MAIN, EVENT)]) {
      await world.partitions.requestForce(key, RUN);
      await world.partitions.requestCancel(key, RUN);
    }
    expect((await stream(world)).walk).toMatchObject({ run: RUN, state: 'cancelling' });
    expect((await partition(world)).cancelling).toBe(RUN);
    const lastRun = { run: RUN, task: 'full', outcome: 'cancelled', durationMs: 1, ledger: EMPTY_LEDGER } as const;
    await world.addPartition(EVENT, { lastRun: { ...lastRun, at: world.clock.now() }, cancelDone: RUN });
    expect(await partition(world)).toMatchObject({ cancelling: null, lastRun: { outcome: 'cancelled' } });
  });
});
