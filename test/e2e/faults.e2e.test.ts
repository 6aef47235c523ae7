import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultName } from '../simulators/zoho-creator/faults.ts';
import { BIG_EVENT, type System, startSystem, textIn } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await system.load();
});

afterAll(() => system.close());

function change(): void {
  system.simulator.control.changeBatch({ changes: 4, events: 2 });
}

async function expectWhole(): Promise<void> {
  system.host.services.dynamodb.faults.clear();
  await system.time.endLimits();
  await system.cycleNow();
  if ((await system.differences()).length > 0) await system.cycleNow();
  expect(await system.differences()).toEqual([]);
  expect((await system.api('GET', '/v1/status/main/registrations')).body).toMatchObject({
    lastError: null,
    failures: 0,
  });
}

describe('a change arrives although', () => {
  beforeEach(async () => {
    system.host.services.dynamodb.faults.clear();
    system.gateway.faults.clear();
    system.simulator.control.clearFaults();
    await system.time.endLimits();
  });

  it('two planners are fired at once', async () => {
    change();
    const { registrations } = await system.spent(async () => {
      await Promise.all([system.host.fire('plan'), system.host.fire('plan')]);
      await system.settle();
    });
    expect(registrations).toBeLessThanOrEqual(2);
    await expectWhole();
  });

  it.each<FaultName>([
    '401-1030',
    '429-2955',
    '200-4000',
    'html-200',
    'html-502',
    'truncate',
    'cut',
    'reset',
    '503',
    'no-date',
    'repeat-cursor',
  ])('Zoho answers %s', async (fault) => {
    change();
    system.simulator.control.injectFault({ on: 'registrations', fault, times: 3 });
    await system.cycleNow();
    system.simulator.control.clearFaults();
    await expectWhole();
  });

  it('Zoho says the token lacks a scope, and nobody asks for new tokens in a loop', async () => {
    change();
    const tokens = system.simulator.control.calls().token;
    system.simulator.control.injectFault({ on: 'registrations', fault: '401-2945', times: 1 });
    await system.cycleNow();
    const { body } = await system.api('GET', '/v1/status/main/registrations');
    expect(textIn(body, 'lastError')).toContain('2945');
    expect(system.simulator.control.calls().token).toBe(tokens);
    await expectWhole();
  });

  it('Zoho says that nothing changed, though something did', async () => {
    change();
    system.simulator.control.injectFault({ on: 'registrations', fault: '400-9220', times: 1 });
    await system.cycleNow();
    await expectWhole();
  });

  it.each([
    ['429', { kind: 'status', status: 429, body: '{"error":"ERR max requests limit exceeded"}' }],
    ['500', { kind: 'status', status: 500, body: '{"error":"ERR internal"}' }],
    ['HTML', { kind: 'status', status: 502, body: '<html>bad gateway</html>' }],
    ['nothing, though it wrote', { kind: 'drop-after-apply' }],
    ['nothing, and did not write', { kind: 'drop' }],
    ['an error for one command', { kind: 'fail-item' }],
  ] as const)('Redis answers %s', async (_what, fault) => {
    change();
    system.gateway.faults.next({ ...fault, count: 4, match: 'EVALSHA' });
    await system.cycleNow();
    await expectWhole();
  });

  it('Redis does not answer in time, and wrote all the same', async () => {
    change();
    system.gateway.faults.next({ kind: 'timeout-after-apply', match: 'EVALSHA' });
    await system.cycleNow();
    await expectWhole();
  });

  it.each(['GetItem', 'UpdateItem', 'Query'] as const)('DynamoDB throttles %s', async (operation) => {
    change();
    system.host.services.dynamodb.faults.next({ operation, error: 'ProvisionedThroughputExceededException', count: 8 });
    await system.cycleNow();
    await expectWhole();
  });

  it('DynamoDB wrote and answered 500', async () => {
    change();
    system.host.services.dynamodb.faults.next({
      operation: 'UpdateItem',
      error: 'InternalServerError',
      applied: true,
      count: 2,
    });
    await system.cycleNow();
    await expectWhole();
  });

  it('every sync worker is killed after the Redis write and before the commit', async () => {
    change();
    const killed = new Promise<void>((resolve) => {
      system.gateway.faults.next({
        kind: 'timeout-after-apply',
        match: (command) => {
          if (command[0]?.toUpperCase() !== 'EVALSHA') return false;
          setTimeout(() => {
            system.host.killEnvironments('Sync');
            resolve();
          }, 300);
          return true;
        },
      });
    });
    await system.api('POST', '/v1/sync/main/registrations');
    await system.host.fire('plan');
    await killed;
    await system.time.endLeases();
    await system.settle();
    await expectWhole();
  });

  it('the record is edited while the source is paged', async () => {
    const [record] = system.simulator.control.records(BIG_EVENT);
    if (record === undefined) throw new Error('no record');
    system.simulator.control.duringWalk(1, [{ do: 'edit', id: record.id, fields: { Notes: 'edited while paging' } }]);
    await system.api('POST', '/v1/sync/main/registrations', { body: '{"mode":"full"}' });
    await system.settle();
    await expectWhole();
  });

  it('the record is edited twice within one second', async () => {
    const [record] = system.simulator.control.records(BIG_EVENT);
    if (record === undefined) throw new Error('no record');
    system.simulator.control.edit(record.id, { fields: { Notes: 'one' } });
    await system.cycleNow();
    system.simulator.control.edit(record.id, { fields: { Notes: 'two' } });
    await expectWhole();
  });

  it('the record moves to another event', async () => {
    const [record] = system.simulator.control.records(BIG_EVENT);
    const other = system.simulator.control.events().find(({ id }) => id !== BIG_EVENT);
    if (record === undefined || other === undefined) throw new Error('no record');
    system.simulator.control.move(record.id, other.id);
    await expectWhole();
    expect(await system.redis('HEXISTS', `cache:event:${BIG_EVENT}:registrations`, record.id)).toBe(0);
  });

  it('another record has no modified time', async () => {
    const [record, second] = system.simulator.control.records(BIG_EVENT);
    if (record === undefined || second === undefined) throw new Error('no record');
    system.simulator.control.omitField(second.id);
    system.simulator.control.edit(record.id, { fields: { Notes: 'a healthy one' } });
    await system.cycleNow();
    const cached = await system.redis('HGET', `cache:event:${BIG_EVENT}:registrations`, record.id);
    expect(cached).toContain('a healthy one');
  });

  it('5,000 records of one modified time arrive at once', async () => {
    system.simulator.control.bulkInsert(BIG_EVENT, 5_000);
    await expectWhole();
    expect(await system.redis('HLEN', `cache:event:${BIG_EVENT}:registrations`)).toBe(
      system.simulator.control.records(BIG_EVENT).length,
    );
  });
});
