import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectOf, objectsOf } from '../../infra/local/services/json.ts';
import { EPOCH } from '../../lib/domain/instant.ts';
import { MAX_IDS } from '../../lib/sources/zoho-creator/criteria.ts';
import { BIG_EVENT, type System, startSystem, textIn } from './system.ts';

const RECORDS = `cache:event:${BIG_EVENT}:registrations`;
const STATUS = `/v1/status/main/registrations/${BIG_EVENT}`;

describe('a cache that lost 64 of 2,419 registrations', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem();
    await system.load();
  });

  afterAll(() => system.close());

  it('is told by status, and whole again after one force-sync of that event', async () => {
    const ids = system.simulator.control.records(BIG_EVENT).map(({ id }) => id);
    await system.redis('HDEL', RECORDS, ...ids.filter((_, index) => index % 37 === 0).slice(0, 64));
    expect(await system.redis('HLEN', RECORDS)).toBe(2_355);
    expect((await system.api('GET', STATUS)).body).toMatchObject({
      state: 'discrepancy',
      count: 2_419,
      cached: 2_355,
      missing: 64,
    });

    const forced = await system.api('POST', `/v1/sync/main/registrations/${BIG_EVENT}`);
    expect(forced.status).toBe(202);
    await system.settle();

    expect(await system.differences()).toEqual([]);
    expect((await system.api('GET', STATUS)).body).toMatchObject({
      state: 'in-sync',
      count: 2_419,
      cached: 2_419,
      missing: 0,
    });
    const run = await system.api('GET', `/v1/runs/${textIn(forced.body, 'run')}`);
    expect(run.body).toMatchObject({ state: 'ended', outcome: 'succeeded', ledger: { seen: 2_419, added: 64 } });
  });

  it('answers a second force with the run that is waiting', async () => {
    const { control } = system.simulator;
    const force = async () => {
      const { body } = await system.api('POST', `/v1/sync/main/registrations/${BIG_EVENT}`);
      return textIn(body, 'run');
    };
    control.resetCalls();
    // Its first page is applied, and the second waits.
    control.injectFault({ on: 'registrations', fault: 'hold', after: 1 });
    const begun = await force();
    await expect.poll(() => control.calls().registrations, { timeout: 60_000 }).toBe(2);
    const waiting = new Set(await Promise.all([...Array(5)].map(force)));
    control.clearFaults();

    expect([...waiting]).toEqual([expect.stringMatching(/./)]);
    expect(waiting).not.toContain(begun);
    await system.settle();
    for (const run of [begun, ...waiting]) {
      expect((await system.api('GET', `/v1/runs/${run}`)).body).toMatchObject({ state: 'ended', outcome: 'succeeded' });
    }
    expect(await system.differences()).toEqual([]);
  });
});

describe('a cache that never heard of 64 of 2,419 registrations', () => {
  let system: System;
  let unheard: readonly string[];

  beforeAll(async () => {
    system = await startSystem();
    const { control } = system.simulator;
    for (const { id } of control.records(BIG_EVENT).slice(0, 64)) control.delete(id);
    await system.load();
    // Under a modified time that no question for changes reaches.
    unheard = control.bulkInsert(BIG_EVENT, 64, EPOCH);
    await system.cycle();
  });

  afterAll(() => system.close());

  it('is told by an audit which they are, and is given them and nothing else', async () => {
    expect(await system.redis('HLEN', RECORDS)).toBe(2_355);
    system.simulator.control.resetCalls();
    const asked = await system.api('POST', `/v1/drift/main/registrations/${BIG_EVENT}`, { body: '{"repair":true}' });
    expect(asked.status).toBe(202);
    await system.settle();

    expect(await system.differences()).toEqual([]);
    const { body } = await system.api('GET', `/v1/drift/main/registrations/${BIG_EVENT}`);
    expect(body).toMatchObject({
      drift: [{ counts: { missing: 64, stale: 0, extra: 0, corrupt: 0 }, repaired: true, swept: 2_419 }],
    });
    expect(idsIn(body)).toEqual(unheard.toSorted());
    const calls = system.simulator.control.requests();
    const sweeps = calls.filter(({ parameters }) => parameters.field_config === 'custom');
    expect(sweeps.map(({ records }) => records)).toEqual([1_000, 1_000, 419]);
    const lookups = calls.filter((call) => !sweeps.includes(call));
    // By their ids, so many in one call as a criterion may name.
    expect(lookups.map(({ records }) => records)).toEqual([MAX_IDS, 64 - MAX_IDS]);
    expect(lookups.every(({ parameters }) => /^\(*ID == /.test(parameters.criteria ?? ''))).toBe(true);
  });
});

/** The records that the one report of an answer calls missing, in the order of their ids. */
function idsIn(body: unknown): readonly string[] {
  const [report] = objectsOf(objectOf(body)?.drift);
  const missing = objectOf(report?.ids)?.missing;
  return Array.isArray(missing) ? missing.map(String).toSorted() : [];
}
