import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    const asked = await Promise.all(
      [...Array(5)].map(() => system.api('POST', `/v1/sync/main/registrations/${BIG_EVENT}`)),
    );
    const runs = new Set(asked.map(({ body }) => textIn(body, 'run')));
    expect(runs.size).toBeLessThanOrEqual(2);
    await system.settle();
    expect(await system.differences()).toEqual([]);
  });
});
