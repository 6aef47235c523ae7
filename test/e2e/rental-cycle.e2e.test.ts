import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type LocalHost, startLocalHost } from '../../infra/local/host.ts';
import type { FunctionLog } from '../../infra/local/lambda/environment.ts';
import { compareRecords } from '../../infra/local/start/compare-records.ts';
import { readFunctionLine } from '../../infra/local/start/function-lines.ts';
import { type RentalSimulator, startRentalSimulator } from '../simulators/rental/rental-simulator.ts';
import { type Cache, REDIS_TOKEN, startCache } from './cache.ts';

const LOCATIONS = 21;
/** How long the API takes for each answer. */
const LATENCY_MS = 300;
const CYCLE_LIMIT_MS = 30_000;
const SETTLE_MS = 90_000;

let simulator: RentalSimulator;
let cache: Cache;
let host: LocalHost;
const logs: FunctionLog[] = [];

beforeAll(async () => {
  simulator = await startRentalSimulator({ behaviour: { shapes: { '*': { latencyMs: LATENCY_MS } } } });
  cache = await startCache();
  const connection = simulator.connection('main');
  host = await startLocalHost({
    assemblyDir: inject('assemblyDir'),
    connections: [{ ...connection, settings: { ...connection.settings, callsPerDay: 1_000_000 } }],
    schedules: false,
    fast: 6_000,
    redeliverySeconds: 1,
    longestDelaySeconds: 1,
    upstash: { url: cache.gateway.url, token: REDIS_TOKEN },
    onLog: (log) => logs.push(log),
  });
  await cycle();
  await cycle();
});

afterAll(async () => {
  await host.close();
  await cache.close();
  await simulator.close();
});

async function cycle(): Promise<void> {
  await sleep(120);
  await host.fire('plan');
  await host.settle(SETTLE_MS);
}

/** What differs between cache and source, over all streams and locations. */
async function differences(): Promise<readonly string[]> {
  const endpoint = { url: cache.gateway.url, token: REDIS_TOKEN };
  const found: string[] = [];
  for (const stream of simulator.control.streams) {
    const partitionKind = stream.name === 'stores' ? 'chain' : 'location';
    const layout = { partitionKind, stream: stream.name };
    found.push(...(await compareRecords(endpoint, layout, stream.partitions(), stream.records())).differences);
  }
  return found;
}

/** Half a minute of a whole system: for the longer search, as its parts are tested by themselves. */
describe.skipIf(process.env.TIDEMARK_DEEP !== '1')('a rental company with 21 locations', () => {
  it('has its stores, bookings and returns in the cache, to the byte', async () => {
    expect(simulator.control.records('stores')).toHaveLength(LOCATIONS);
    expect(await differences()).toEqual([]);
  });

  it('is synced within 30 seconds, each API and location by itself, and the log tells of each', async () => {
    simulator.control.changeBatch(25);
    const { bookings, returns } = simulator.control.calls();
    logs.splice(0);
    const begun = performance.now();
    await cycle();
    expect(performance.now() - begun).toBeLessThan(CYCLE_LIMIT_MS);
    expect(await differences()).toEqual([]);
    const calls = simulator.control.calls();
    expect([calls.bookings - bookings, calls.returns - returns]).toEqual([LOCATIONS, LOCATIONS]);

    const lines = logs.map(readFunctionLine);
    const cycles = lines.flatMap((line) => (line.kind === 'cycle' ? [`${line.stream}: ${line.partitions}`] : []));
    expect(cycles).toEqual(expect.arrayContaining(['main/bookings: 21', 'main/returns: 21']));
    const runs = lines.flatMap((line) => (line.kind === 'run' && line.stream !== 'main/stores' ? [line] : []));
    expect(runs).toHaveLength(2 * LOCATIONS);
    expect(runs.filter(({ task, outcome }) => task !== 'window' || outcome !== 'succeeded')).toEqual([]);
  });
});
