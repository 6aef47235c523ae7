import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoCallBudget } from '../../../lib/adapters/dynamodb/dynamo-call-budget.ts';
import { DynamoConnectionRegistry } from '../../../lib/adapters/dynamodb/dynamo-connection-registry.ts';
import { DynamoDeletionLog } from '../../../lib/adapters/dynamodb/dynamo-deletion-log.ts';
import { DynamoDriftStore } from '../../../lib/adapters/dynamodb/dynamo-drift-store.ts';
import { DynamoPartitionStore } from '../../../lib/adapters/dynamodb/dynamo-partition-store.ts';
import { DynamoStreamStore } from '../../../lib/adapters/dynamodb/dynamo-stream-store.ts';
import { DRIFT_IDS } from '../../../lib/domain/drift.ts';
import { MAX_HANDED_OUT } from '../../../lib/domain/handed-out.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { auditItem } from '../../../lib/domain/names.ts';
import { NEW_STREAM } from '../../../lib/domain/stream.ts';
import type { PartitionChange } from '../../../lib/ports/partition-store.ts';
import { EmbeddedTable } from '../../support/embedded-table.ts';
import { heldBy } from '../../support/held-by.ts';
import { present } from '../../support/present.ts';

// The longest names there may be: what fits with them fits always.
const CONNECTION = 'c'.repeat(32);
const STREAM = { connection: CONNECTION, stream: 's'.repeat(32) };
const KEY = { ...STREAM, partition: `${'n'.repeat(32)}~4433256000013547003` };
const OWNER = '2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef';
const LEDGER = {
  ...EMPTY_LEDGER,
  pages: 3_142,
  seen: 314_200,
  added: 314_200,
  unchanged: 314_200,
  cacheCommands: 9_999,
};

let table: EmbeddedTable;

beforeAll(async () => {
  table = await EmbeddedTable.open();
});
afterAll(() => table.close());

describe('write units', () => {
  it('are three per changed partition, and its index entry', async () => {
    const store = new DynamoPartitionStore(table.client, table.name, table.clock);
    const now = table.clock.now();
    await store.discover(KEY, 'Annual general meeting of the northern chapter, evening session');
    const commit = async (change: PartitionChange) => {
      const held = heldBy(await store.acquire(KEY, OWNER, 120_000));
      expect(await store.commit(held, change)).toMatchObject({ outcome: 'committed' });
    };
    const applied = (delta: number): PartitionChange => ({
      applied: [delta],
      watermark: plusMs(now, delta),
      loaded: true,
      cached: true,
      scanOrder: 123_456_789,
      count: 314_200,
      failures: 3,
      lastRun: {
        run: '0mb8ebx5c-abcdefgh',
        task: 'apply',
        outcome: 'rate-limited',
        at: now,
        durationMs: 120_000,
        ledger: LEDGER,
        error: 'source-rate-limited',
      },
      totals: { runs: 1_000_000, succeeded: 999_999, failed: 1, added: 9_999_999, updated: 9_999_999, removed: 99_999 },
    });
    await store.markOpen(KEY, 287_999_000, now);
    await commit(applied(287_999_000));
    const marked = await table.unitsOf(() => store.markOpen(KEY, 288_000_000, now));
    const worked = await table.unitsOf(() => commit(applied(288_000_000)));
    expect(marked).toEqual({ table: 1, index: 1 });
    expect(worked).toEqual({ table: 2, index: 1 });
  });

  it('of the index are none for a page of a full, and one for a change that planning must know', async () => {
    const store = new DynamoPartitionStore(table.client, table.name, table.clock);
    const key = { ...KEY, partition: auditItem(KEY.partition) };
    const page = async (change: PartitionChange) => {
      const held = heldBy(await store.acquire(key, OWNER, 120_000));
      await store.renew(held, 120_000);
      expect(await store.commit(held, change)).toMatchObject({ outcome: 'committed' });
    };
    const full = { run: '0mb8ebx5c-abcdefgh', startOrder: 1, ledger: LEDGER, phase: 'read' } as const;
    await store.requestForce(key, full.run);
    await page({ full: { ...full, cursor: 'a' }, forceDone: full.run });
    const index = async (work: () => Promise<unknown>) => (await table.unitsOf(work)).index;
    expect(await index(() => page({ full: { ...full, cursor: 'b' }, count: 7 }))).toBe(0);
    expect(await index(() => store.markOpen(key, 288_000_000, table.clock.now()))).toBe(1);
    expect(await index(() => store.markMoved(key, { 'record 1': 'stamp' }))).toBe(1);
    expect(await index(() => store.markMoved(key, { 'record 2': 'stamp' }))).toBe(0);
    const lastRun = { run: full.run, task: 'full', outcome: 'failed', durationMs: 1, ledger: LEDGER } as const;
    expect(await index(() => page({ failures: 99, lastRun: { ...lastRun, at: table.clock.now() } }))).toBe(1);
  });

  it('are three in an idle cycle', async () => {
    const store = new DynamoStreamStore(table.client, table.name, table.clock);
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, OWNER);
    const limits = { perMinute: 50, concurrent: 6, perDay: 1_000, resetZone: 'UTC', callTimeoutMs: 60_000 };
    const cycle = async () => {
      const now = table.clock.now();
      const seen = (await store.read(STREAM)) ?? NEW_STREAM;
      const held = present(await store.beginDelta(STREAM, seen, OWNER, 120_000), 'the delta');
      await budget.reserve(CONNECTION, limits, 'scheduled');
      await store.endDelta(held, {
        watermark: now,
        loaded: true,
        handedOut: Array.from({ length: MAX_HANDED_OUT }, (_, index) => `hash-${100 + index}`),
        nextDueAt: plusMs(now, 300_000),
        intervalMs: 86_400_000,
        intervalReason: 'rate-limited',
        failures: 12,
        lastError: 'source-rate-limited',
        lastCycleAt: now,
        cacheCycle: 999_999,
      });
      table.clock.advance(300_000);
    };
    await cycle();
    expect(await table.unitsOf(cycle)).toEqual({ table: 3, index: 0 });
  });

  it('are none for a connection that is known as it is', async () => {
    const registry = new DynamoConnectionRegistry(table.client, table.name, table.clock);
    const streams = [{ stream: STREAM.stream, partitionKind: 'event', locators: true }];
    const remember = () => registry.remember({ connection: CONNECTION, streams });
    expect(await table.unitsOf(remember)).toEqual({ table: 1, index: 0 });
    expect(await table.unitsOf(remember)).toEqual({ table: 0, index: 0 });
  });

  it('are one for deletions of a whole day', async () => {
    const log = new DynamoDeletionLog(table.client, table.name, table.clock);
    for (let hour = 0; hour < 24; hour += 1) {
      await log.reserve(CONNECTION, 999_999, Number.MAX_SAFE_INTEGER);
      table.clock.advance(3_600_000);
    }
    const reserve = () => log.reserve(CONNECTION, 1, Number.MAX_SAFE_INTEGER);
    expect(await table.unitsOf(reserve)).toEqual({ table: 1, index: 0 });
  });

  it('of findings are some two hundred at the most: half of what an item can hold', async () => {
    const drift = new DynamoDriftStore(table.client, table.name, table.clock);
    const longest = Array.from({ length: DRIFT_IDS }, (_, index) => `${index} ${'記'.repeat(250)}`);
    const report = {
      ...KEY,
      run: '0mb8ebx5c-abcdefgh',
      at: table.clock.now(),
      counts: { missing: 999_999, stale: 999_999, extra: 999_999, corrupt: 999_999 },
      ids: { missing: longest, stale: longest, extra: longest, corrupt: longest },
      repaired: true,
      swept: 314_200,
      compared: 314_200,
      sourceCalls: 3_142,
      cacheCommands: 9_999,
    };
    expect((await table.unitsOf(() => drift.put(report))).table).toBeLessThanOrEqual(200);
  });

  it('stay at one per call with six environments at work, a minute full of calls, and the source down', async () => {
    const limits = { perMinute: 50, concurrent: 6, perDay: 1_000, resetZone: 'UTC', callTimeoutMs: 90_000 };
    const budgets = Array.from({ length: 6 }, (_, index) => {
      return new DynamoCallBudget(table.client, table.name, table.clock, `${index}${OWNER}`);
    });
    const connection = 'b'.repeat(32);
    for (let call = 0; call < 36; call += 1) {
      const budget = present(budgets[call % 6], 'the budget');
      await budget.pause(connection, plusMs(table.clock.now(), 1), 'quota-spent');
      table.clock.advance(1_700);
      expect(await budget.reserve(connection, limits, 'force')).toMatchObject({ outcome: 'granted' });
    }
    const [last] = budgets.slice(-1);
    const fail = (order?: number) => {
      const end = { outcome: 'failed', fraction: 0, ...(order === undefined ? {} : { order }) } as const;
      return table.unitsOf(async () => last?.report(connection, end));
    };
    for (let failure = 0; failure < 5; failure += 1) expect(await fail()).toEqual({ table: 1, index: 0 });
    table.clock.advance(15_000);
    expect(await table.unitsOf(async () => last?.reserve(connection, limits, 'force'))).toEqual({ table: 1, index: 0 });
    const probe = (await last?.read(connection))?.breaker?.probe;
    expect(await fail(present(probe, 'the probe').order)).toEqual({ table: 1, index: 0 });
  });

  it('are none for an answer that changes nothing', async () => {
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, OWNER);
    const answered = () => budget.report('healthy', { outcome: 'answered', fraction: 0 });
    expect(await table.unitsOf(answered)).toEqual({ table: 0, index: 0 });
  });
});
