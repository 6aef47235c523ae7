import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIG_EVENT, type System, startSystem, textIn } from './system.ts';

/** 4,383 registrations, 500 a page; a sweep takes 1,000 at once. */
const PAGES = { full: 9, sweep: 5 };
const STREAM = '/v1/status/main/registrations';
const REGISTRATIONS = { connection: 'main', stream: 'registrations', partitionKind: 'event' };
const RECORDS = `cache:event:${BIG_EVENT}:registrations`;

let dataDir: string;
let system: System;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tidemark-e2e-'));
  system = await startSystem({ dataDir, settings: { pageSize: 500 } });
});

afterAll(async () => {
  await system.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Begins something, and kills all workers when the source has read that page of it and not yet sent it. */
async function killedAtPage(page: number, begin: () => Promise<unknown>): Promise<void> {
  const killed = new Promise<void>((resolve) => {
    system.simulator.control.duringWalk(page, () => {
      system.host.killEnvironments('Sync');
      resolve();
    });
  });
  await begin();
  await killed;
}

/** What is to be seen while the source has read that page and not yet sent it. */
function duringPage<T>(page: number, look: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    system.simulator.control.duringWalk(page, () => void look().then(resolve, reject));
  });
}

/** Some minutes later: leases have lapsed. */
async function restart(cache: 'kept' | 'lost'): Promise<void> {
  await system.restart({ cache });
  await system.time.endLimits();
  await system.time.endLeases();
}

async function callsOfCycle(): Promise<number> {
  const { registrations } = await system.spent(() => system.cycle());
  return registrations;
}

const full = () => system.api('POST', '/v1/sync/main/registrations', { body: '{"mode":"full"}' });
const audit = () => system.api('POST', '/v1/drift/main/registrations', { body: '{"repair":true}' });

describe('when the host has ended and what was on its queues is gone,', () => {
  it('a first load goes on from the page where it stood', async () => {
    await killedAtPage(5, () => system.host.fire('plan'));
    await restart('kept');
    // Four pages were committed. One more call asks what has changed since.
    expect(await callsOfCycle()).toBe(PAGES.full - 4 + 1);
    expect(await system.differences()).toEqual([]);
    expect((await system.api('GET', STREAM)).body).toMatchObject({ loaded: true });
  });

  it('a full of the stream goes on from the page where it stood, as the same run', async () => {
    let run = '';
    await killedAtPage(5, async () => {
      run = textIn((await full()).body, 'run');
    });
    await restart('kept');
    expect(await callsOfCycle()).toBe(PAGES.full - 4 + 1);
    expect((await system.api('GET', `/v1/runs/${run}`)).body).toMatchObject({
      state: 'ended',
      outcome: 'succeeded',
      ledger: { pages: PAGES.full, seen: 4_383 },
    });
    expect(await system.differences()).toEqual([]);
  });

  it('an audit goes on from the page where it stood', async () => {
    const gone = system.simulator.control.records(BIG_EVENT).slice(0, 3);
    for (const { id } of gone) system.simulator.control.delete(id);
    await killedAtPage(3, audit);
    await restart('kept');
    // Two pages were committed. One call more asks what has changed since, and one for the three that seem to be gone.
    expect(await callsOfCycle()).toBe(PAGES.sweep - 2 + 2);
    expect(await system.differences()).toEqual([]);
  });

  it('and the cache too, that is noticed within one cycle, told by status, and all of it is read again', async () => {
    await killedAtPage(5, full);
    await restart('lost');
    const told = duringPage(3, () =>
      Promise.all([
        system.api('GET', `${STREAM}/${BIG_EVENT}`),
        system.reader().freshness(REGISTRATIONS, BIG_EVENT),
        system.redis('HLEN', RECORDS),
      ]),
    );
    await system.cycle();
    const [{ body }, freshness, records] = await told;
    expect(records).toBeGreaterThan(0);
    expect(records).toBeLessThan(2_416);
    expect(body).toMatchObject({ rebuilding: true, state: 'behind' });
    expect(freshness).toMatchObject({ loaded: false });
    expect(freshness?.watermark).toBeUndefined();
    await system.time.endLeases();
    await system.cycle();
    expect(await system.differences()).toEqual([]);
    expect((await system.api('GET', STREAM)).body).toMatchObject({ rebuilding: false });
  });
});
