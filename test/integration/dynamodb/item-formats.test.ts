import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Item } from '../../../lib/adapters/dynamodb/attributes.ts';
import { DynamoCallBudget } from '../../../lib/adapters/dynamodb/dynamo-call-budget.ts';
import { DynamoConnectionRegistry } from '../../../lib/adapters/dynamodb/dynamo-connection-registry.ts';
import { DynamoDeadLetterNotes } from '../../../lib/adapters/dynamodb/dynamo-dead-letter-notes.ts';
import { DynamoDeletionLog } from '../../../lib/adapters/dynamodb/dynamo-deletion-log.ts';
import { DynamoDriftStore } from '../../../lib/adapters/dynamodb/dynamo-drift-store.ts';
import { DynamoForgottenStore } from '../../../lib/adapters/dynamodb/dynamo-forgotten-store.ts';
import { DynamoPartitionStore } from '../../../lib/adapters/dynamodb/dynamo-partition-store.ts';
import { DynamoPlanStore } from '../../../lib/adapters/dynamodb/dynamo-plan-store.ts';
import { DynamoQuarantineStore } from '../../../lib/adapters/dynamodb/dynamo-quarantine-store.ts';
import { DynamoRunStore } from '../../../lib/adapters/dynamodb/dynamo-run-store.ts';
import { DynamoStreamStore } from '../../../lib/adapters/dynamodb/dynamo-stream-store.ts';
import { DynamoTokenStore } from '../../../lib/adapters/dynamodb/dynamo-token-store.ts';
import { EMPTY_BUDGET } from '../../../lib/domain/budget.ts';
import { EMPTY_LEDGER } from '../../../lib/domain/ledger.ts';
import { NO_TOTALS, NOTHING_PENDING, type PartitionState } from '../../../lib/domain/partition.ts';
import { NEW_STREAM, type StreamState } from '../../../lib/domain/stream.ts';
import { EmbeddedTable } from '../../support/embedded-table.ts';
import { heldBy } from '../../support/held-by.ts';

const STREAM = { connection: 'main', stream: 'registrations' };

let table: EmbeddedTable;

beforeAll(async () => {
  table = await EmbeddedTable.open();
});
afterAll(() => table.close());

const partitions = () => new DynamoPartitionStore(table.client, table.name, table.clock);
const notes = () => new DynamoDeadLetterNotes(table.client, table.name, table.clock);
const streams = () => new DynamoStreamStore(table.client, table.name, table.clock);

/** As version 1 stored them. These must stay readable: add to them, never change them. */
const PARTITION_V1: Item = {
  v: { N: '1' },
  cr: { S: 'abc.def.1' },
  ti: { S: 'Open day' },
  w: { N: '1700000000000' },
  ld: { BOOL: true },
  ca: { BOOL: true },
  f: { N: '7' },
  lo: { S: 'worker-1' },
  le: { N: '1700000060000' },
  lt: { S: 'abc.def.2' },
  ct: { S: 'abc.def.3' },
  m: { N: '5' },
  ps: { N: '1699999999000' },
  op: { NS: ['12', '9'] },
  mk: { N: '12' },
  mv: { SS: ['01700000000000.000000000001.aaaaaaaaaaaaaaaa record 1'] },
  rb: { N: '4' },
  fr: { S: 'r-1' },
  fa: { N: '1700000000001' },
  fw: { M: { a: { N: '30' }, p: { S: 'r-9' }, r: { BOOL: true }, d: { BOOL: false } } },
  cn: { S: 'r-1' },
  xf: {
    M: {
      r: { S: 'r-1' },
      c: { S: 'page-2' },
      o: { N: '41' },
      s: { N: '1700000000002' },
      m: { N: '9' },
      b: { N: '3' },
      w: { M: { a: { N: '30' } } },
      h: { N: '2' },
      d: { S: '1 2 3 4' },
      z: { N: '42' },
      l: { S: '1 200 150 20 30 0 0 4 9' },
      p: { S: 'read' },
    },
  },
  so: { N: '40' },
  n: { N: '2419' },
  fl: { N: '2' },
  la: {
    M: {
      r: { S: 'r-0' },
      t: { S: 'window' },
      o: { S: 'failed' },
      a: { N: '1700000000003' },
      d: { N: '1250' },
      l: { S: '2 3 0 0 0 0 0 0 1' },
      e: { S: 'source-unavailable' },
    },
  },
  to: { S: '10 9 1 100 20 3' },
  unfinished_stream: { S: 'main#registrations' },
  unfinished_since: { N: '1700000000004' },
};

const STREAM_V1: Item = {
  v: { N: '1' },
  w: { N: '1700000000000' },
  ld: { BOOL: true },
  d: { N: '12' },
  ho: { S: 'abcd_fgh,-2345678' },
  lo: { S: 'planner-1' },
  le: { N: '1700000060000' },
  lt: { S: 'abc.def.1' },
  ct: { S: 'abc.def.2' },
  pa: { BOOL: true },
  du: { N: '1700000300000' },
  iv: { N: '300000' },
  ir: { S: 'daily-budget' },
  da: { N: '1700000000001' },
  fl: { N: '1' },
  er: { S: 'source-malformed' },
  lc: { N: '1700000000002' },
  cc: { N: '17' },
  cp: { M: { c: { S: 'page-2' }, s: { N: '1700000000003' }, t: { N: '1700000000004' } } },
};

describe('items of version 1', () => {
  it('are read as partitions', async () => {
    await table.putRawItem({ pk: 'main#registrations', sk: 'partition#v1' }, PARTITION_V1);
    const state = await partitions().read({ ...STREAM, partition: 'v1' });
    expect(state).toEqual({
      id: 'v1',
      title: 'Open day',
      watermark: 1_700_000_000_000,
      loaded: true,
      cached: true,
      fence: 7,
      lease: { owner: 'worker-1', expiresAt: 1_700_000_060_000 },
      pending: {
        since: 1_699_999_999_000,
        open: [9, 12],
        marked: 12,
        moved: { 'record 1': '01700000000000.000000000001.aaaaaaaaaaaaaaaa' },
        rebuild: true,
        rebuilds: 4,
      },
      force: {
        run: 'r-1',
        at: 1_700_000_000_001,
        wish: { approved: 30, plan: 'r-9', repair: true, deep: false },
      },
      cancel: 'r-1',
      full: {
        run: 'r-1',
        cursor: 'page-2',
        startOrder: 41,
        startedAt: 1_700_000_000_002,
        startMarked: 9,
        startRebuilds: 3,
        wish: { approved: 30 },
        heldDeletions: 2,
        drift: { missing: 1, stale: 2, extra: 3, corrupt: 4 },
        lastOrder: 42,
        ledger: {
          pages: 1,
          seen: 200,
          added: 150,
          updated: 20,
          unchanged: 30,
          superseded: 0,
          quarantined: 0,
          deferred: 0,
          removed: 4,
          calls: 0,
          cacheCommands: 9,
        },
        phase: 'read',
      },
      scanOrder: 40,
      count: 2_419,
      failures: 2,
      lastRun: {
        run: 'r-0',
        task: 'window',
        outcome: 'failed',
        at: 1_700_000_000_003,
        durationMs: 1_250,
        ledger: { ...EMPTY_LEDGER, pages: 2, seen: 3, cacheCommands: 1 },
        error: 'source-unavailable',
      },
      totals: { runs: 10, succeeded: 9, failed: 1, added: 100, updated: 20, removed: 3 },
      unfinishedSince: 1_700_000_000_004,
    });
  });

  it('are read as streams', async () => {
    await table.putRawItem({ pk: 'main#orders', sk: 'stream' }, STREAM_V1);
    expect(await streams().read({ ...STREAM, stream: 'orders' })).toEqual({
      watermark: 1_700_000_000_000,
      loaded: true,
      delta: 12,
      handedOut: ['abcd_fgh', '-2345678'],
      lease: { owner: 'planner-1', expiresAt: 1_700_000_060_000 },
      paused: true,
      nextDueAt: 1_700_000_300_000,
      intervalMs: 300_000,
      intervalReason: 'daily-budget',
      failures: 1,
      lastError: 'source-malformed',
      lastCycleAt: 1_700_000_000_002,
      cacheCycle: 17,
      checkpoint: { cursor: 'page-2', since: 1_700_000_000_003, startedAt: 1_700_000_000_004 },
    });
  });

  it('are read as budgets and tokens', async () => {
    await table.putRawItem(
      { pk: 'v1', sk: 'budget' },
      {
        c: { N: '41' },
        mi: { N: '28333333' },
        mu: { N: '3' },
        dy: { S: '2026-11-21' },
        du: { N: '40' },
        uw: { M: { 'environment-1': { N: '1700000000000' } } },
        pu: { N: '1700000000001' },
        pr: { S: 'quota-spent' },
      },
    );
    await table.putRawItem(
      { pk: 'v1', sk: 'token' },
      { vn: { N: '3' }, at: { S: 'value' }, ex: { N: '1700000000000' } },
    );
    await table.putRawItem(
      { pk: 'v1-rotated', sk: 'token' },
      { vn: { N: '1' }, at: { S: 'value' }, ex: { N: '1' }, rf: { S: 'refresh-2' }, ro: { S: '0123456789abcdef' } },
    );
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, 'environment-2');
    expect(await budget.read('v1')).toEqual({
      calls: 41,
      recent: { slot: 850_000_019, counts: [3] },
      day: '2026-11-21',
      dayUsed: 40,
      underWay: { 'environment-1': 1_700_000_000_000 },
      pausedUntil: 1_700_000_000_001,
      pauseReason: 'quota-spent',
    });
    const tokens = new DynamoTokenStore(table.client, table.name, table.clock);
    expect(await tokens.read('v1')).toEqual({ token: { value: 'value', expiresAt: 1_700_000_000_000 }, version: 3 });
    expect((await tokens.read('v1-rotated')).token?.refresh).toEqual({
      value: 'refresh-2',
      origin: '0123456789abcdef',
    });
  });

  it('are read as notes about dead letters', async () => {
    await table.putRawItem(
      { pk: '#dead-letters', sk: 'message-v1' },
      {
        v: { N: '1' },
        la: { S: 'priority' },
        ta: { S: 'full' },
        co: { S: 'main' },
        st: { S: 'registrations' },
        pa: { S: 'v1' },
        er: { S: 'store-unavailable' },
        at: { N: '1700000000000' },
        expires_at: { N: '99999999999' },
      },
    );
    const key = { ...STREAM, partition: 'v1' };
    const note = { lane: 'priority', task: 'full', key, code: 'store-unavailable', at: 1_700_000_000_000 };
    expect(await notes().find(['message-v1'])).toEqual(new Map([['message-v1', { id: 'message-v1', ...note }]]));
  });
});

describe('items of version 1 of later kinds', () => {
  it('are read as plans', async () => {
    await table.putRawItem(
      { pk: 'v1', sk: 'plan#r-1' },
      {
        st: { S: 'registrations' },
        pa: { S: '*' },
        re: { S: 'connection-removed' },
        ru: { S: 'lifecycle' },
        sa: { S: 'approved' },
        rm: { N: '120' },
        ca: { N: '121' },
        sm: { L: [{ S: '7' }] },
        at: { N: '1700000000000' },
        ex: { N: '1700604800000' },
        da: { N: '1700000000001' },
        rn: { S: 'r-2' },
      },
    );
    await table.putRawItem({ pk: 'v1', sk: 'held-plan#registrations#absent#1' }, { pl: { S: 'r-3' } });
    await table.putRawItem({ pk: 'v1', sk: 'plan#r-3' }, { sa: { S: 'held' } });
    const plans = new DynamoPlanStore(table.client, table.name, table.clock);
    expect(await plans.find('r-1', ['v1'])).toEqual({
      connection: 'v1',
      stream: 'registrations',
      partition: '*',
      plan: 'r-1',
      reason: 'connection-removed',
      rule: 'lifecycle',
      state: 'approved',
      removals: 120,
      cached: 121,
      sample: ['7'],
      createdAt: 1_700_000_000_000,
      expiresAt: 1_700_604_800_000,
      decidedAt: 1_700_000_000_001,
      run: 'r-2',
    });
    expect(await plans.heldFor({ ...STREAM, connection: 'v1', partition: '1' }, 'absent')).toMatchObject({
      plan: 'r-3',
    });
  });

  it('are read as findings, forgotten records, deletions and connections', async () => {
    const stream = { connection: 'v1', stream: 'registrations' };
    const ids = { m: { L: [{ S: '1' }] }, s: { L: [{ S: '2' }] }, e: { L: [{ S: '3' }] }, c: { L: [{ S: '4' }] } };
    const numbers = { sw: { N: '10' }, cm: { N: '11' }, sc: { N: '12' }, cc: { N: '13' } };
    await table.putRawItem(
      { pk: 'v1#registrations', sk: 'drift#5' },
      {
        rn: { S: 'r-1' },
        at: { N: '1700000000000' },
        dr: { S: '6 7 8 9' },
        id: { M: ids },
        rp: { BOOL: true },
        ...numbers,
      },
    );
    await table.putRawItem(
      { pk: 'v1#registrations', sk: 'forgotten#7' },
      { pa: { S: '5' }, sp: { S: 'stamp' }, at: { N: '1700000000000' } },
    );
    const hour = String(Math.floor(table.clock.now() / 3_600_000));
    await table.putRawItem({ pk: 'v1', sk: 'deletions' }, { c: { N: '2' }, h: { M: { [hour]: { N: '30' } } } });
    await table.putRawItem(
      { pk: '#registry', sk: 'connection#v1' },
      { ss: { L: [{ M: { n: { S: 'registrations' }, k: { S: 'event' }, lo: { BOOL: true } } }] } },
    );
    expect(await new DynamoDriftStore(table.client, table.name, table.clock).list(stream)).toEqual({
      reports: [
        {
          ...stream,
          partition: '5',
          run: 'r-1',
          at: 1_700_000_000_000,
          counts: { missing: 6, stale: 7, extra: 8, corrupt: 9 },
          ids: { missing: ['1'], stale: ['2'], extra: ['3'], corrupt: ['4'] },
          repaired: true,
          swept: 10,
          compared: 11,
          sourceCalls: 12,
          cacheCommands: 13,
        },
      ],
    });
    const forgotten = new DynamoForgottenStore(table.client, table.name, table.clock);
    expect(await forgotten.list(stream)).toEqual([
      { record: '7', partition: '5', stamp: 'stamp', at: 1_700_000_000_000 },
    ]);
    expect(await new DynamoDeletionLog(table.client, table.name, table.clock).lastDay('v1')).toBe(30);
    const registry = new DynamoConnectionRegistry(table.client, table.name, table.clock);
    expect(await registry.list()).toEqual([
      { connection: 'v1', streams: [{ stream: 'registrations', partitionKind: 'event', locators: true }] },
    ]);
  });
});

/** What later versions added, as they stored it. */
describe('items of version 2', () => {
  it('are read as budgets', async () => {
    const breaker = { f: 7, o: 2, s: 1_700_000_000_000, r: 1_700_000_060_000, p: 40, u: 1_700_000_090_000 };
    const stored = Object.fromEntries(Object.entries(breaker).map(([name, value]) => [name, { N: String(value) }]));
    const item: Item = { c: { N: '41' }, rc: { S: '850000001:2,0,13' }, bk: { M: stored } };
    await table.putRawItem({ pk: 'v2', sk: 'budget' }, item);
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, 'environment-1');
    expect(await budget.read('v2')).toEqual({
      ...EMPTY_BUDGET,
      calls: 41,
      recent: { slot: 850_000_001, counts: [2, 0, 13] },
      breaker: {
        failures: 7,
        openings: 2,
        since: 1_700_000_000_000,
        retryAt: 1_700_000_060_000,
        probe: { order: 40, until: 1_700_000_090_000 },
      },
    });
  });

  it('count what version 1 counted, and go on from there', async () => {
    const minute = Math.floor(table.clock.now() / 60_000);
    await table.putRawItem(
      { pk: 'from-v1', sk: 'budget' },
      { c: { N: '41' }, mi: { N: String(minute) }, mu: { N: '3' } },
    );
    const limits = { perMinute: 5, concurrent: 2, resetZone: 'UTC', callTimeoutMs: 1_000 };
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, 'environment-1');
    expect(await budget.reserve('from-v1', limits, 'webhook')).toEqual({ outcome: 'granted', order: 42 });
    expect(await budget.reserve('from-v1', limits, 'webhook')).toEqual({ outcome: 'granted', order: 43 });
    expect(await budget.reserve('from-v1', limits, 'webhook')).toMatchObject({ outcome: 'denied', reason: 'minute' });
  });
});

describe('items of another version', () => {
  const EMPTY_PARTITION: PartitionState = {
    id: 'odd',
    loaded: false,
    cached: false,
    fence: 0,
    pending: NOTHING_PENDING,
    scanOrder: 0,
    count: 0,
    failures: 0,
    totals: NO_TOTALS,
  };
  const ODD: Item = {
    v: { N: '2' },
    w: { S: 'tomorrow' },
    n: { BOOL: true },
    xf: { S: 'x' },
    la: { M: {} },
    op: { S: '' },
  };

  it('read what is missing, or of another type, as absent', async () => {
    await table.putRawItem({ pk: 'main#registrations', sk: 'partition#odd' }, ODD);
    await table.putRawItem({ pk: 'main#returns', sk: 'stream' }, { w: { S: 'tomorrow' }, ir: { S: 'unheard-of' } });
    await table.putRawItem({ pk: 'odd', sk: 'budget' }, { uw: { N: '1' }, rc: { S: '1:x' }, bk: { N: '1' } });
    await table.putRawItem({ pk: 'odd', sk: 'run#r-1' }, { ta: { S: 'unheard-of' } });
    await table.putRawItem({ pk: 'main#registrations', sk: 'quarantine#7' }, { re: { S: 'unheard-of' } });
    await table.putRawItem({ pk: '#dead-letters', sk: 'odd' }, { ta: { S: 'unheard-of' }, co: { S: 'main' } });
    expect((await notes().find(['odd'])).get('odd')).toEqual({
      id: 'odd',
      lane: 'scheduled',
      code: 'unexpected',
      at: 0,
    });
    expect(await partitions().read({ ...STREAM, partition: 'odd' })).toEqual(EMPTY_PARTITION);
    expect(await streams().read({ ...STREAM, stream: 'returns' })).toEqual(NEW_STREAM satisfies StreamState);
    const budget = new DynamoCallBudget(table.client, table.name, table.clock, 'environment-1');
    expect(await budget.read('odd')).toEqual(EMPTY_BUDGET);
    const runs = new DynamoRunStore(table.client, table.name, table.clock);
    expect(await runs.find('r-1', ['odd'])).toMatchObject({ run: 'r-1', state: 'queued', ledger: EMPTY_LEDGER });
    const quarantine = new DynamoQuarantineStore(table.client, table.name, table.clock);
    expect(await quarantine.list(STREAM, 5)).toMatchObject([{ id: '7', reason: 'malformed', attempts: 1 }]);
  });

  it('keep what this version does not know, through a whole run', async () => {
    const key = { ...STREAM, partition: 'newer' };
    const lastRun = { ...PARTITION_V1.la?.M, q: { S: 'of a newer form' } };
    const unknown: Item = { zz: { S: 'kept' }, la: { M: lastRun }, xf: { S: 'of a newer form' } };
    await table.putRawItem({ pk: 'main#registrations', sk: 'partition#newer' }, { v: { N: '2' }, ...unknown });
    await partitions().markOpen(key, 1, table.clock.now());
    const held = heldBy(await partitions().acquire(key, 'worker-1', 1_000));
    await partitions().commit(held, { settled: true, count: 3 });
    const stored = await table.rawItem({ pk: 'main#registrations', sk: 'partition#newer' });
    expect(stored).toMatchObject({ ...unknown, v: { N: '2' }, n: { N: '3' } });
  });
});
