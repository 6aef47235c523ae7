import { auditItem, type PartitionKey, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { ForceWish } from '../domain/partition.ts';
import type { Lane } from '../domain/task.ts';
import { announceRun } from './announce-run.ts';
import { streamKeyOf } from './describe-partition.ts';
import { newRunId } from './new-run-id.ts';
import { isEnabled } from './planned-streams.ts';
import type { RequestPorts, SyncTarget } from './request-sync.ts';

export type AuditPorts = Omit<RequestPorts, 'streams'>;

export interface AuditTarget extends SyncTarget {
  /** Absent for the whole stream. */
  readonly partition?: string;
}

/** What is absent is as the connection's policy says, or not deep. */
export type AuditWish = Pick<ForceWish, 'repair' | 'deep'>;

export type AuditRequested =
  /** `key` names the partition, or `*`; `joined` when an audit of it was waiting already: it now has this wish. */
  | { readonly outcome: 'run'; readonly key: PartitionKey; readonly run: string; readonly joined: boolean }
  | { readonly outcome: 'disabled' | 'no-source' | 'unknown-partition'; readonly key: PartitionKey };

/**
 * Asks for a comparison of the cache with the source, whether the stream is paused or not. It is remembered durably and
 * only once: who asks again while it waits is told the run that will carry it.
 */
export async function requestAudit(ports: AuditPorts, target: AuditTarget, wish: AuditWish): Promise<AuditRequested> {
  const key = keyOf(target);
  if (!isEnabled(target.connection, target.stream)) return { outcome: 'disabled', key };
  if (target.stream.coverage === 'import') return { outcome: 'no-source', key };
  const single = target.partition !== undefined;
  if (single && (await ports.partitions.read(key)) === undefined) return { outcome: 'unknown-partition', key };
  const asked = { repair: target.stream.rules.audit === 'repair', ...wish };
  const { run, created } = await ports.partitions.requestForce(itemOf(key), newRunId(ports), asked);
  // Without its entry in the history an earlier request did not get as far as the queue: it is completed here.
  if (created || (await ports.runs.find(run, [key.connection])) === undefined) {
    await announce(ports, key, run, 'force', single ? 'priority' : 'scheduled');
  }
  return { outcome: 'run', key, run, joined: !created };
}

/** The daily one of a whole stream. Leaves alone what somebody has asked for, with a wish of their own, or is going on. */
export async function requestScheduledAudit(ports: AuditPorts, target: SyncTarget): Promise<void> {
  const key = keyOf(target);
  const known = await ports.partitions.read(itemOf(key));
  if (known?.force !== undefined || known?.full !== undefined) return;
  const wish = { repair: target.stream.rules.audit === 'repair' };
  const { run, created } = await ports.partitions.requestForce(itemOf(key), newRunId(ports), wish);
  if (created) await announce(ports, key, run, 'schedule', 'scheduled');
}

async function announce(
  ports: AuditPorts,
  key: PartitionKey,
  run: string,
  trigger: 'force' | 'schedule',
  lane: Lane,
): Promise<void> {
  // Not sent, it is left to the planner: the item remembers it.
  await announceRun(ports, { ...key, run, task: 'audit', trigger }, { task: { ...key, task: 'audit', run }, lane });
}

function keyOf(target: AuditTarget): PartitionKey {
  return partitionKey(streamKeyOf(target), target.partition ?? WHOLE_STREAM);
}

/** An audit keeps its place in an item of its own. */
function itemOf(key: PartitionKey): PartitionKey {
  return partitionKey(key, auditItem(key.partition));
}
