import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoPlanStore } from '../../../lib/adapters/dynamodb/dynamo-plan-store.ts';
import { heldPlanItemKey, planItemKey } from '../../../lib/adapters/dynamodb/keys.ts';
import { pointerRemoval } from '../../../lib/adapters/dynamodb/plan-writes.ts';
import { Table } from '../../../lib/adapters/dynamodb/table.ts';
import { type DeletionPlan, PLAN_LIFETIME_MS } from '../../../lib/domain/deletion-plan.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EmbeddedTable } from '../../support/embedded-table.ts';

let table: EmbeddedTable;
let tests = 0;

beforeAll(async () => {
  table = await EmbeddedTable.open();
});
beforeEach(() => {
  tests += 1;
});
afterAll(() => table.close());

const store = () => new DynamoPlanStore(table.client, table.name, table.clock);

function plan(id: string): DeletionPlan {
  const createdAt = table.clock.now();
  return {
    connection: `main-${tests}`,
    stream: 'registrations',
    partition: '1',
    plan: `0mi8q2x1k-${id}`,
    reason: 'absent',
    rule: 'empties-partition',
    state: 'held',
    removals: 30,
    cached: 30,
    sample: [],
    createdAt,
    expiresAt: plusMs(createdAt, PLAN_LIFETIME_MS),
  };
}

/** The request on the item whose sort key begins so never arrives, however often it is repeated. */
function cutOff(operation: 'UpdateItem' | 'DeleteItem', prefix: string): void {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    table.service.faults.next({
      operation,
      error: 'drop',
      match: (input) => JSON.stringify(input).includes(`"sk":{"S":"${prefix}`),
    });
  }
}

/** Holding and deciding a plan are two writes each; whoever does them may stop between the two. */
describe('a plan whose second write never came', () => {
  it('is held by the next who holds one, under the id and the time that were promised', async () => {
    const first = plan('first000');
    cutOff('UpdateItem', 'plan#');
    await expect(store().hold(first)).rejects.toThrow(/UpdateItem/);
    expect(await store().heldFor(first, 'absent')).toBeUndefined();
    expect(await store().list({ connection: first.connection, limit: 10 })).toEqual([]);
    table.clock.advance(1_000);
    const second = plan('second00');
    const kept = { ...second, plan: first.plan, createdAt: first.createdAt };
    expect(await store().hold(second)).toEqual(kept);
    expect(await store().heldFor(second, 'absent')).toEqual(kept);
  });

  it('is decided all the same, and the next is held under an id of its own', async () => {
    const first = await store().hold(plan('first000'));
    cutOff('DeleteItem', 'held-plan#');
    await expect(store().decide(first, 'held', 'approved', table.clock.now(), 'run-1')).rejects.toThrow(/DeleteItem/);
    expect(await table.rawItem(heldPlanItemKey(first, 'absent'))).toBeDefined();
    expect(await store().heldFor(first, 'absent')).toBeUndefined();
    expect(await store().find(first.plan, [first.connection])).toMatchObject({ state: 'approved', run: 'run-1' });
    const second = plan('second00');
    expect(await store().hold(second)).toEqual(second);
    expect(await store().heldFor(second, 'absent')).toEqual(second);
  });

  it('takes nobody else’s pointer away when it comes late', async () => {
    const first = await store().hold(plan('first000'));
    await store().decide(first, 'held', 'discarded', table.clock.now());
    const second = await store().hold(plan('second00'));
    const late = pointerRemoval(first, 'absent', first.plan);
    expect(await new Table(table.client, table.name, table.clock).removeIf(late)).toBe(false);
    expect(await store().heldFor(first, 'absent')).toEqual(second);
  });

  it('leaves nothing in the table for ever', async () => {
    const held = await store().hold(plan('first000'));
    const until = String(Math.floor(held.expiresAt / 1_000) + 90 * 86_400);
    for (const key of [heldPlanItemKey(held, 'absent'), planItemKey(held.connection, held.plan)]) {
      expect(await table.rawItem(key)).toMatchObject({ expires_at: { N: until } });
    }
  });
});
