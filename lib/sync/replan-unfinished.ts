import { tasksToPlan } from '../domain/budget.ts';
import { type Instant, msBetween, plusMs } from '../domain/instant.ts';
import { auditedPartition, isPseudoPartition, partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import { isPending, type PartitionState, type Pending } from '../domain/partition.ts';
import type { Task } from '../domain/task.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { inTurn, patienceMs } from './in-turn.ts';
import { newRunId } from './new-run-id.ts';
import type { DeltaReport } from './read-delta.ts';
import type { StreamContext } from './sync-context.ts';

/** How many unfinished partitions one cycle looks at, oldest first: each costs half a read unit. */
const UNFINISHED_PER_CYCLE = 250;

/** How many of them are told to readers one by one. */
const PUBLISHED_PENDING = 250;

/** Failures in a row after which a partition is tried ever less often. */
const PATIENCE = 3;
const MAX_WAIT_MS = 3_600_000;

/** SQS holds a message back for a quarter of an hour at the most. */
const LONGEST_POSTPONED_MS = 900_000;

/** What is not in the cache yet: partition id → highest open delta number. */
export interface Unfinished {
  readonly pending: ReadonlyMap<string, number>;
  readonly more: boolean;
}

/**
 * Sends a message again for whatever has stayed unfinished beyond one cycle without anybody working on it: its message
 * was lost, set aside, or never sent. While no calls are to be made, nothing is sent; and no more at once than the
 * minute's calls afford.
 */
export async function replanUnfinished(
  context: StreamContext,
  key: StreamKey,
  report: DeltaReport,
): Promise<Unfinished> {
  const now = context.clock.now();
  const states = await context.partitions.unfinished(key, plusMs(now, 1), UNFINISHED_PER_CYCLE);
  const budget = await context.budget.read(key.connection);
  const affordable = tasksToPlan(budget, context.connection.limits, now);
  const overdue = states.filter((state) => isOverdue(context, state, now)).slice(0, affordable);
  const tasks = overdue.map((state) => replan(context, key, state));
  await context.queue.send(inTurn(context, tasks));
  const behind = states.filter(({ id, pending }) => !isPseudoPartition(id) && isPending(pending));
  context.telemetry.metric('PartitionsBehind', behind.length, key);
  if (overdue.length > 0)
    context.telemetry.log('info', 'unfinished partitions planned again', { ...key, count: overdue.length });
  return describe(states, behind, report);
}

function isOverdue(context: StreamContext, state: PartitionState, now: Instant): boolean {
  if (state.lease !== undefined && state.lease.expiresAt > now) return false;
  const waitedMs = state.unfinishedSince === undefined ? 0 : msBetween(now, state.unfinishedSince);
  if (waitedMs < patienceMs(context)) return false;
  // Held back by a limit, its message was sent away for at most this long, and comes back by itself.
  const { lastRun } = state;
  if (lastRun?.outcome === 'rate-limited' && msBetween(now, lastRun.at) < LONGEST_POSTPONED_MS) return false;
  if (state.failures < PATIENCE || state.lastRun === undefined) return true;
  const waitMs = Math.min(MAX_WAIT_MS, 60_000 * 2 ** (state.failures - PATIENCE));
  return msBetween(now, state.lastRun.at) >= waitMs;
}

function replan(context: StreamContext, key: StreamKey, state: PartitionState): OutgoingTask {
  const partition = partitionKey(key, state.id);
  const audited = auditedPartition(state.id);
  if (audited !== undefined) {
    const run = state.full?.run ?? state.force?.run ?? newRunId(context);
    return { task: { ...partitionKey(key, audited), task: 'audit', run }, lane: 'scheduled' };
  }
  if (state.id === WHOLE_STREAM) {
    const run = state.full?.run ?? state.force?.run ?? newRunId(context);
    return { task: { ...partition, task: 'walk', run }, lane: 'scheduled' };
  }
  const task: Task =
    state.force === undefined
      ? { ...partition, task: 'window', reason: 'pending' }
      : { ...partition, task: 'full', run: state.force.run };
  return { task, lane: state.force === undefined ? 'scheduled' : 'priority' };
}

function describe(
  states: readonly PartitionState[],
  behind: readonly PartitionState[],
  report: DeltaReport,
): Unfinished {
  const pending = new Map<string, number>();
  for (const { id, pending: work } of behind) pending.set(id, openUpTo(work));
  for (const [partition, delta] of report.open) pending.set(partition, Math.max(delta, pending.get(partition) ?? 0));
  const more = states.length >= UNFINISHED_PER_CYCLE || pending.size > PUBLISHED_PENDING;
  return { pending: more ? new Map() : pending, more };
}

/** What must be read as a whole, or still holds what moved away, no applied delta makes complete. */
function openUpTo(work: Pending): number {
  const incomplete = work.rebuild || Object.keys(work.moved).length > 0;
  return incomplete ? Number.MAX_SAFE_INTEGER : Math.max(work.marked, ...work.open);
}
