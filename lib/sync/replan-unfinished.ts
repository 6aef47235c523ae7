import { tasksToPlan } from '../domain/budget.ts';
import { type Instant, msBetween, plusMs } from '../domain/instant.ts';
import { auditedPartition, isPseudoPartition, partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import { needsAttention, type PartitionState } from '../domain/partition.ts';
import type { Task } from '../domain/task.ts';
import type { UnfinishedPartition } from '../domain/unfinished.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { inTurn, patienceMs, waitAfter } from './in-turn.ts';
import { newRunId } from './new-run-id.ts';
import type { DeltaReport } from './read-delta.ts';
import type { Occasion, StreamContext } from './sync-context.ts';

/** How many unfinished partitions one cycle looks at, oldest first: some sixty for a read unit. */
const UNFINISHED_PER_CYCLE = 2_000;

/** How many of them it sends a message for: each is read before, for half a read unit. */
const REPLANNED_PER_CYCLE = 200;

/** How many of them are told to readers one by one. */
const PUBLISHED_PENDING = 250;

/** SQS holds a message back for a quarter of an hour at the most. */
const LONGEST_POSTPONED_MS = 900_000;

/** What became unfinished within this time did so in this cycle. */
const JUST_NOW_MS = 60_000;

/** What is not in the cache yet: partition id → highest open delta number. */
export interface Unfinished {
  readonly pending: ReadonlyMap<string, number>;
  readonly more: boolean;
  /** Whether the cache lost the stream, and it is being read again. */
  readonly rebuilding: boolean;
}

/**
 * Sends a message again for whatever has stayed unfinished beyond one cycle without anybody working on it: its message
 * was lost, set aside, or never sent. While no calls are to be made, nothing is sent; and no more at once than the
 * minute's calls afford.
 * @param occasion when a person asks, what waits because it has failed is tried at once: its reason may have gone
 */
export async function replanUnfinished(
  context: StreamContext,
  key: StreamKey,
  report: DeltaReport,
  occasion: Occasion = 'schedule',
): Promise<Unfinished> {
  const now = context.clock.now();
  const unfinished = await context.partitions.unfinished(key, plusMs(now, 1), UNFINISHED_PER_CYCLE);
  const budget = await context.budget.read(key.connection);
  const affordable = tasksToPlan(budget, context.connection.limits, now);
  const candidates = affordable > 0 ? unfinished.filter((one) => isOverdue(context, one, now, occasion)) : [];
  const overdue = (await withoutWorker(context, key, candidates)).slice(0, affordable);
  const tasks = overdue.map((state) => replan(context, key, state));
  await context.queue.send(inTurn(context, tasks));
  const behind = unfinished.filter(({ id, pending }) => !isPseudoPartition(id) && pending);
  context.telemetry.metric('PartitionsBehind', behind.length, key);
  if (overdue.length > 0)
    context.telemetry.log('info', 'unfinished partitions planned again', { ...key, count: overdue.length });
  return describe(unfinished, behind, report, now);
}

function isOverdue(
  context: StreamContext,
  { since, failures, lastRunAt }: UnfinishedPartition,
  now: Instant,
  occasion: Occasion,
): boolean {
  if (msBetween(now, since) < patienceMs(context)) return false;
  return occasion === 'asked' || lastRunAt === undefined || msBetween(now, lastRunAt) >= waitAfter(failures);
}

/** The items of those that still need somebody and that nobody works on: the index does not know leases. */
async function withoutWorker(
  context: StreamContext,
  key: StreamKey,
  overdue: readonly UnfinishedPartition[],
): Promise<readonly PartitionState[]> {
  const ids = overdue.slice(0, REPLANNED_PER_CYCLE).map(({ id }) => id);
  const states = await context.partitions.readMany(key, ids);
  const now = context.clock.now();
  return states.filter((state) => needsAttention(state) && !isUnderWay(state, now));
}

function isUnderWay({ lease, lastRun }: PartitionState, now: Instant): boolean {
  if (lease !== undefined && lease.expiresAt > now) return true;
  // Held back by a limit, its message was sent away for at most this long, and comes back by itself.
  return lastRun?.outcome === 'rate-limited' && msBetween(now, lastRun.at) < LONGEST_POSTPONED_MS;
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
  unfinished: readonly UnfinishedPartition[],
  behind: readonly UnfinishedPartition[],
  report: DeltaReport,
  now: Instant,
): Unfinished {
  const pending = new Map<string, number>(report.open);
  for (const one of behind) if (!isJustMarked(one, report, now)) pending.set(one.id, Number.MAX_SAFE_INTEGER);
  const more = unfinished.length >= UNFINISHED_PER_CYCLE || pending.size > PUBLISHED_PENDING;
  const rebuilding = unfinished.some(({ id, incomplete }) => id === WHOLE_STREAM && incomplete);
  return { pending: more ? new Map() : pending, more, rebuilding };
}

/**
 * Whether this cycle's delta is all that is open: then its number tells readers when nothing is. What was open before
 * may have a lower number than the partition has applied since, and is told to be open until nothing is.
 */
function isJustMarked(
  { id, since, marked, incomplete }: UnfinishedPartition,
  report: DeltaReport,
  now: Instant,
): boolean {
  return !incomplete && report.open.get(id) === marked && msBetween(now, since) < JUST_NOW_MS;
}
