import { isSuspect } from '../domain/breaker.ts';
import { tasksToPlan } from '../domain/budget.ts';
import { splitByPartition } from '../domain/fan-out.ts';
import { earlierOf, type Instant } from '../domain/instant.ts';
import { isDue } from '../domain/interval.ts';
import { partitionKey } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { SourcePage } from '../ports/source.ts';
import type { HeldStream } from '../ports/stream-store.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { allPartitions } from './all-partitions.ts';
import { discoverPartitions } from './discover-partitions.ts';
import { partitionDueAt, partitionSkippedAt } from './due-times.ts';
import { areSlow, inTurn } from './in-turn.ts';
import { type DeltaReport, NOTHING_READ } from './read-delta.ts';
import { reportSkipped } from './report-skipped.ts';
import { retryQuarantined } from './retry-quarantined.ts';
import type { Occasion, StreamContext } from './sync-context.ts';

/**
 * For streams whose partitions are asked one by one: sends a message to each whose own interval has passed, or to all
 * of them when a person asks. While no calls are to be made none is sent, and one while it is not known whether the
 * source is back: of a partition that has not failed, if there is one.
 */
export async function planPartitions(
  context: StreamContext,
  held: HeldStream,
  occasion: Occasion,
): Promise<DeltaReport> {
  let partitions = await allPartitions(context, held.key);
  if (partitions.length === 0) {
    await discoverPartitions(context);
    partitions = await allPartitions(context, held.key);
  }
  const budget = await context.budget.read(held.key.connection);
  const due = partitions
    .filter((state) => occasion === 'asked' || isPartitionDue(context, state))
    .toSorted((a, b) => (a.lastRun?.at ?? 0) - (b.lastRun?.at ?? 0))
    .toSorted((a, b) => Number(isSuspect(budget.breaker, a.id)) - Number(isSuspect(budget.breaker, b.id)));
  const affordable = tasksToPlan(budget, context.connection.limits, context.clock.now());
  const eachMs = averageMs(due);
  const isSlow = context.stream.slow === true || areSlow(context, eachMs);
  const lane = isSlow ? 'slow' : occasion === 'asked' ? 'priority' : 'scheduled';
  const tasks = due.slice(0, affordable).map(
    ({ id }): OutgoingTask => ({
      task: { ...partitionKey(held.key, id), task: 'window', reason: 'due' },
      lane,
    }),
  );
  await context.queue.send(inTurn(context, tasks, eachMs));
  if (affordable > 0) await retryQuarantined(context, held.key, (page) => readByPartition(context, held, page));
  const skipped = countSkipped(context, held, partitions);
  if (skipped > 0) reportSkipped(context, held.key, skipped);
  const reached = reachedBy(partitions);
  return { ...NOTHING_READ, asked: tasks.length, ...(reached === undefined ? {} : { reached }) };
}

/** How long their last runs took. */
function averageMs(partitions: readonly PartitionState[]): number {
  const took = partitions.flatMap(({ lastRun }) => (lastRun === undefined ? [] : [lastRun.durationMs]));
  return took.reduce((sum, ms) => sum + ms, 0) / Math.max(1, took.length);
}

/** Up to where all of them were read; nothing is known while one is not loaded. */
function reachedBy(partitions: readonly PartitionState[]): Instant | undefined {
  const [first, ...others] = partitions.map(({ loaded, watermark }) => (loaded ? watermark : undefined));
  return others.reduce((a, b) => (a === undefined || b === undefined ? undefined : earlierOf(a, b)), first);
}

/** How many of them had a run left out since the last cycle. */
function countSkipped(context: StreamContext, held: HeldStream, partitions: readonly PartitionState[]): number {
  const { lastCycleAt } = held.state;
  const now = context.clock.now();
  const skipped = partitions.map((state) => partitionSkippedAt(state, context.stream.rules, now));
  return skipped.filter((at) => at !== undefined && at > (lastCycleAt ?? at)).length;
}

/** What was mended at the source need not have been modified: its partition is read as a whole. */
async function readByPartition(context: StreamContext, held: HeldStream, page: SourcePage): Promise<void> {
  for (const partition of splitByPartition({ records: page.records, removed: page.removed ?? [] }).keys()) {
    const key = partitionKey(held.key, partition);
    await context.partitions.markRebuild(key);
    await context.queue.send([{ task: { ...key, task: 'window', reason: 'pending' }, lane: 'scheduled' }]);
  }
}

function isPartitionDue(context: StreamContext, state: PartitionState): boolean {
  const now = context.clock.now();
  if (state.lease !== undefined && state.lease.expiresAt > now) return false;
  return isDue(partitionDueAt(state, context.stream.rules), now);
}
