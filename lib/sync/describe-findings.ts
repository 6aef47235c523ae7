import { type DeletionPlan, planStateAt } from '../domain/deletion-plan.ts';
import type { DriftCounts } from '../domain/drift.ts';
import type { Instant } from '../domain/instant.ts';
import { auditItem, type PartitionKey, partitionKey, type StreamKey } from '../domain/names.ts';
import type { SyncPorts } from './sync-context.ts';

export type FindingPorts = Pick<SyncPorts, 'plans' | 'drift' | 'quarantine' | 'partitions' | 'runs' | 'clock'>;

/** How many held plans, and quarantined records, a status looks at. */
const COUNTED = 100;

/** The last audit that ended. */
export interface LastAudit {
  readonly run: string;
  /** This machine's clock. */
  readonly at: Instant;
  /** Absent when it failed before it could tell, or was so long ago that its run is no longer kept. */
  readonly counts?: DriftCounts;
}

export interface StreamAudit {
  readonly last?: LastAudit;
  /** The run of one that is waiting or under way. */
  readonly underWay?: string;
}

/** The deletion plans of a connection that wait for a person, newest first; the first of them where there are many. */
export async function heldPlans(ports: FindingPorts, connection: string): Promise<readonly DeletionPlan[]> {
  const held = await ports.plans.list({ connection, state: 'held', limit: COUNTED });
  const now = ports.clock.now();
  return held.filter((plan) => planStateAt(plan, now) === 'held');
}

/** Where the audit of a whole stream stands. */
export async function describeAudit(ports: FindingPorts, stream: StreamKey): Promise<StreamAudit> {
  const item = await ports.partitions.read(partitionKey(stream, auditItem('*')));
  const underWay = item?.full?.run ?? item?.force?.run;
  const under = underWay === undefined ? {} : { underWay };
  if (item?.lastRun === undefined) return under;
  const { run, at } = item.lastRun;
  const counts = (await ports.runs.find(run, [stream.connection]))?.drift;
  return { ...under, last: { run, at, ...(counts === undefined ? {} : { counts }) } };
}

/** What the last audit that looked at a partition found there. */
export async function lastAuditOf(ports: FindingPorts, key: PartitionKey): Promise<LastAudit | undefined> {
  const report = await ports.drift.read(key);
  return report && { run: report.run, at: report.at, counts: report.counts };
}

/** How many records are in quarantine; `more` when there are more than were counted. */
export async function countQuarantined(
  ports: FindingPorts,
  stream: StreamKey,
): Promise<{ readonly count: number; readonly more: boolean }> {
  const listed = await ports.quarantine.list(stream, COUNTED + 1);
  return { count: Math.min(listed.length, COUNTED), more: listed.length > COUNTED };
}
