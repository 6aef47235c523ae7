import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './system.ts';

describe('the synthesized stack', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem();
  });

  afterAll(() => system.close());

  it('loads 4,383 registrations of 40 events in five calls, equal to the byte', async () => {
    const { registrations } = await system.spent(() => system.cycle());
    expect(await system.differences()).toEqual([]);
    expect(registrations).toBe(5);
    expect((await system.api('GET', '/v1/status/main/registrations')).body).toMatchObject({ loaded: true });
  });

  it('idles at one call, one Redis command and three write units, whatever the number of events', async () => {
    await system.cycle();
    expect(await system.spent(() => system.cycle())).toEqual({ registrations: 1, redis: 1, writes: 3 });
  });

  it('carries 25 changes over 5 events with one call and at most eight Redis commands an event', async () => {
    system.simulator.control.changeBatch({ changes: 25, events: 5 });
    const spent = await system.spent(() => system.cycle());
    expect(await system.differences()).toEqual([]);
    expect(spent.registrations).toBe(1);
    expect(spent.redis - 1).toBeLessThanOrEqual(5 * 8);
    // Three units for the cycle, one for its entry in the history, three for each event.
    expect(spent.writes).toBeLessThanOrEqual(3 + 1 + 5 * 3);
  });

  it('idles at the same cost right after a change, though the overlap returns it again', async () => {
    expect(await system.spent(() => system.cycle())).toEqual({ registrations: 1, redis: 1, writes: 3 });
  });

  it('keeps ids, secrets and record values out of its logs', async () => {
    const text = JSON.stringify(system.logs);
    const { secrets } = system.simulator.connection('main');
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    const [record] = system.simulator.control.records();
    const email = /"Email":"([^"]+)"/.exec(record?.body ?? '')?.[1];
    expect(email).toBeDefined();
    expect(text).not.toContain(email);
  });
});
