import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalHost, startLocalHost } from '../../infra/local/host.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';
import { startZohoSimulator, type ZohoSimulator } from '../simulators/zoho-creator/zoho-simulator.ts';

/** At this speed a stream is due again at once. */
const FAST = 6_000;
const CHANGES = { changes: 25, events: 5 } as const;

export interface CycleCosts {
  readonly redisCommands: number;
  /** Of the table and its index. */
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly sqsRequests: number;
}

export interface CountedCosts {
  readonly idle: CycleCosts;
  /** What one changed partition with five changed records adds. */
  readonly perChangedPartition: CycleCosts;
  readonly audit: AuditCosts;
}

/** What comparing everything with its source takes while nothing differs. */
export interface AuditCosts extends CycleCosts {
  readonly partitions: number;
  readonly records: number;
  readonly sourceCalls: number;
}

/** Counts an idle cycle, a cycle with changes and an audit on the synthesized stack. */
export async function countCycles(): Promise<CountedCosts> {
  const assemblyDir = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  await synthesize(assemblyDir, AbortSignal.timeout(180_000));
  const simulator = await startZohoSimulator({ limits: { perDay: 1_000_000 } });
  const connections = [{ ...simulator.connection('main') }];
  const host = await startLocalHost({ assemblyDir, connections, schedules: false, fast: FAST });
  try {
    for (let settling = 0; settling < 3; settling += 1) await cycle(host);
    const idle = await spent(host);
    simulator.control.changeBatch(CHANGES);
    const changed = await spent(host);
    const perChangedPartition = map(changed, (name, value) => (value - idle[name]) / CHANGES.events);
    return { idle, perChangedPartition, audit: await countAudit(host, simulator) };
  } finally {
    await host.close();
    await simulator.close();
    rmSync(assemblyDir, { recursive: true });
  }
}

async function countAudit(host: LocalHost, simulator: ZohoSimulator): Promise<AuditCosts> {
  // What the changes before may still have under way is not the audit's.
  await cycle(host);
  const [before, called] = [await read(host), callsMade(simulator)];
  await host.fire('audit');
  await host.settle(120_000);
  const after = await read(host);
  const records = simulator.control.records();
  return {
    ...map(after, (name, value) => value - before[name]),
    partitions: new Set(records.map(({ event }) => event)).size,
    records: records.length,
    sourceCalls: callsMade(simulator) - called,
  };
}

async function cycle(host: LocalHost): Promise<void> {
  await sleep(150);
  await host.fire('plan');
  await host.settle(60_000);
}

async function spent(host: LocalHost): Promise<CycleCosts> {
  const before = await read(host);
  await cycle(host);
  const after = await read(host);
  return map(after, (name, value) => value - before[name]);
}

async function read(host: LocalHost): Promise<CycleCosts> {
  const { redisCommands = 0, writeUnits, readUnits, sqsRequests } = await host.meters();
  return { redisCommands, writeUnits: writeUnits.table + writeUnits.index, readUnits, sqsRequests };
}

function map(costs: CycleCosts, change: (name: keyof CycleCosts, value: number) => number): CycleCosts {
  return {
    redisCommands: change('redisCommands', costs.redisCommands),
    writeUnits: change('writeUnits', costs.writeUnits),
    readUnits: change('readUnits', costs.readUnits),
    sqsRequests: change('sqsRequests', costs.sqsRequests),
  };
}

function callsMade({ control }: ZohoSimulator): number {
  return control.calls().registrations;
}
