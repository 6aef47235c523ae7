import { auditItem, importItem, partitionKey } from '../domain/names.ts';
import type { Run } from '../domain/run.ts';
import type { Task } from '../domain/task.ts';
import type { Sources } from '../ports/sources.ts';
import { knownConnections } from './known-connections.ts';
import type { SyncPorts } from './sync-context.ts';

export type CancelPorts = Pick<SyncPorts, 'partitions' | 'runs' | 'registry' | 'queue' | 'telemetry'>;

export type Cancelled =
  /** A worker ends it as soon as it comes by. */
  | { readonly outcome: 'cancelling'; readonly run: Run }
  | { readonly outcome: 'unknown' }
  /** It has ended, or is no longer waiting or under way. */
  | { readonly outcome: 'ended'; readonly run: Run }
  /** It is over within seconds, and ends by itself. */
  | { readonly outcome: 'too-short'; readonly run: Run };

/**
 * Wants a full, a walk or an audit to end before it is complete, whether it has begun or not. What it has written
 * stays: it was newer. Safe to repeat.
 */
export async function cancelRun(ports: CancelPorts, sources: Sources, id: string): Promise<Cancelled> {
  const run = await ports.runs.find(id, await knownConnections(ports, sources));
  if (run === undefined) return { outcome: 'unknown' };
  if (run.state === 'ended') return { outcome: 'ended', run };
  const task = taskOf(run);
  if (task === undefined) return { outcome: 'too-short', run };
  if (!(await ports.partitions.requestCancel(partitionKey(run, itemOf(run)), id))) return { outcome: 'ended', run };
  const unsent = await ports.queue.send([{ task, lane: task.task === 'import' ? 'imports' : 'priority' }]);
  // The wish is remembered with the run: whoever goes on with it, or the planner, comes upon it.
  if (unsent.length > 0) ports.telemetry.log('warn', 'cancellation not queued, left to the planner', { run: id });
  return { outcome: 'cancelling', run };
}

/** Where the run keeps its place. */
function itemOf({ task, partition, run }: Run): string {
  if (task === 'audit') return auditItem(partition);
  return task === 'import' ? importItem(run) : partition;
}

/** The message that brings a worker to the run; `undefined` for runs that nobody can cancel. */
function taskOf(run: Run): Task | undefined {
  const key = partitionKey(run, run.partition);
  switch (run.task) {
    case 'full':
    case 'walk':
    case 'audit':
      return { ...key, task: run.task, run: run.run };
    case 'import':
      return { ...key, task: run.task, run: run.run, ...(run.dryRun === undefined ? {} : { dryRun: run.dryRun }) };
    case 'delta':
    case 'apply':
    case 'window':
    case 'drop':
      return undefined;
  }
}
