import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoCallBudget } from '../../../lib/adapters/dynamodb/dynamo-call-budget.ts';
import { DynamoDeletionLog } from '../../../lib/adapters/dynamodb/dynamo-deletion-log.ts';
import { DynamoPartitionStore } from '../../../lib/adapters/dynamodb/dynamo-partition-store.ts';
import { DynamoStreamStore } from '../../../lib/adapters/dynamodb/dynamo-stream-store.ts';
import { DynamoTokenStore } from '../../../lib/adapters/dynamodb/dynamo-token-store.ts';
import { instantFromMs, plusMs } from '../../../lib/domain/instant.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import { EmbeddedTable } from '../../support/embedded-table.ts';
import { heldBy } from '../../support/held-by.ts';
import { present } from '../../support/present.ts';

const LEASE_MS = 60_000;
const W = instantFromMs(1_700_000_000_000);

let table: EmbeddedTable;
let tests = 0;

beforeAll(async () => {
  table = await EmbeddedTable.open();
});
beforeEach(() => {
  tests += 1;
});
afterAll(() => table.close());

const connection = () => `main-${tests}`;
const stream = () => ({ connection: connection(), stream: 'registrations' });
const key = () => ({ ...stream(), partition: '1' });
const partitions = () => new DynamoPartitionStore(table.client, table.name, table.clock);
const streams = () => new DynamoStreamStore(table.client, table.name, table.clock);
const tokens = () => new DynamoTokenStore(table.client, table.name, table.clock);

async function held() {
  return heldBy(await partitions().acquire(key(), 'worker-1', LEASE_MS));
}

/**
 * The SDK repeats a request whose answer was lost. The repetition of a conditional write that took effect is refused:
 * each store has to tell that from a true refusal.
 */
describe('a write that took effect though its answer was lost', () => {
  it('takes the lease, with the first fence', async () => {
    table.loseNextAnswer();
    const taken = await held();
    expect(taken.state).toMatchObject({ fence: taken.fence, lease: { owner: 'worker-1' } });
    table.loseNextAnswer();
    expect(await partitions().acquire(key(), 'worker-2', LEASE_MS)).toMatchObject({ outcome: 'busy' });
  });

  it('does not give the lease of one call to another call of the same owner', async () => {
    await held();
    expect(await partitions().acquire(key(), 'worker-1', LEASE_MS)).toMatchObject({ outcome: 'busy' });
  });

  it('commits, once', async () => {
    const lease = await held();
    table.loseNextAnswer('InternalServerError');
    const committed = await partitions().commit(lease, { watermark: W, totals: { runs: 1 } });
    expect(committed).toMatchObject({ outcome: 'committed', state: { watermark: W, totals: { runs: 1 } } });
    expect(await partitions().commit(lease, { watermark: W })).toEqual({ outcome: 'fenced' });
    expect((await partitions().read(key()))?.totals.runs).toBe(1);
  });

  it('commits what was marked meanwhile too, once', async () => {
    await partitions().markOpen(key(), 1, W);
    const lease = await held();
    await partitions().markOpen(key(), 2, W);
    // The first request is refused for the mark; its repetition with the mark in mind takes effect.
    table.service.faults.next({
      operation: 'UpdateItem',
      error: 'drop',
      applied: true,
      match: (input) => JSON.stringify(input).includes('"NS":["2"]'),
    });
    const committed = await partitions().commit(lease, { settled: true, totals: { runs: 1 } });
    expect(committed).toMatchObject({ outcome: 'committed', state: { pending: { open: [2] }, totals: { runs: 1 } } });
    expect(table.service.faults.left).toBe(0);
  });

  it('renews', async () => {
    const lease = await held();
    table.loseNextAnswer();
    expect(await partitions().renew(lease, LEASE_MS)).toBe(true);
  });

  it('tells that it created the partition', async () => {
    table.loseNextAnswer();
    expect(await partitions().markOpen(key(), 1, W)).toEqual({ created: true });
    table.loseNextAnswer();
    expect(await partitions().markOpen(key(), 2, W)).toEqual({ created: false });
    table.loseNextAnswer();
    expect(await partitions().discover({ ...key(), partition: '2' }, 'Two')).toEqual({ created: true });
  });

  it('tells whose force it is', async () => {
    table.loseNextAnswer();
    expect(await partitions().requestForce(key(), 'r-1')).toEqual({ run: 'r-1', created: true });
    table.loseNextAnswer();
    expect(await partitions().requestForce(key(), 'r-2')).toEqual({ run: 'r-1', created: false });
  });

  it('tells that it took a force with another wish, and remembers to cancel it', async () => {
    await partitions().requestForce(key(), 'r-1');
    table.loseNextAnswer();
    expect(await partitions().requestForce(key(), 'r-1', { deep: true })).toEqual({ run: 'r-1', created: true });
    table.loseNextAnswer();
    expect(await partitions().requestCancel(key(), 'r-1')).toBe(true);
    expect(await partitions().read(key())).toMatchObject({ force: { wish: { deep: true } }, cancel: 'r-1' });
  });

  it('removes the item', async () => {
    const lease = await held();
    table.service.faults.next({ operation: 'DeleteItem', error: 'drop', applied: true });
    expect(await partitions().remove(lease)).toBe(true);
    expect(await partitions().read(key())).toBeUndefined();
  });

  it('counts deletions once', async () => {
    const log = new DynamoDeletionLog(table.client, table.name, table.clock);
    table.loseNextAnswer();
    expect(await log.reserve(connection(), 10, 15)).toBe(true);
    table.loseNextAnswer();
    expect(await log.reserve(connection(), 5, 15)).toBe(true);
    expect(await log.lastDay(connection())).toBe(15);
  });

  it('begins one delta, and ends it', async () => {
    table.loseNextAnswer();
    const begun = present(await streams().beginDelta(stream(), NEW_STREAM, 'planner-1', LEASE_MS), 'the delta');
    expect(begun.delta).toBe(1);
    table.loseNextAnswer();
    expect(await streams().endDelta(begun, { watermark: W })).toBe(true);
    expect(await streams().endDelta(begun, {})).toBe(false);
    expect(await streams().read(stream())).toEqual({ ...NEW_STREAM, delta: 1, watermark: W });
  });

  it('reserves one call', async () => {
    const limits = { perMinute: 10, concurrent: 2, resetZone: 'UTC', callTimeoutMs: 1_000 };
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, 'environment-1');
    table.loseNextAnswer();
    expect(await budget.reserve(connection(), limits, 'force')).toEqual({ outcome: 'granted', order: 1 });
    table.loseNextAnswer();
    expect(await budget.reserve(connection(), limits, 'force')).toEqual({ outcome: 'granted', order: 2 });
    expect(await budget.read(connection())).toMatchObject({ calls: 2, dayUsed: 2, recent: { counts: [2] } });
  });

  it('counts one failure', async () => {
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, 'environment-1');
    table.loseNextAnswer();
    await budget.report(connection(), { outcome: 'failed', fraction: 0 });
    expect((await budget.read(connection())).breaker).toEqual({ failures: 1, openings: 0 });
  });

  it('takes the right to refresh, and stores the token', async () => {
    const store = tokens();
    table.loseNextAnswer();
    expect(await store.beginRefresh(connection(), 0, LEASE_MS)).toBe(true);
    table.loseNextAnswer();
    const token = { value: 'token-1', expiresAt: plusMs(table.clock.now(), 1_000) };
    await store.finishRefresh(connection(), 0, token);
    expect(await tokens().read(connection())).toEqual({ token, version: 1 });
  });
});
