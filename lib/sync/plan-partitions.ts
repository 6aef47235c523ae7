import { isSuspect } from '../domain/breaker.ts';
import { tasksToPlan } from '../domain/budget.ts';
import { splitByPartition } from '../domain/fan-out.ts';
import { msBetween } from '../domain/instant.ts';
import { partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { SourcePage } from '../ports/source.ts';
import type { HeldStream } from '../ports/stream-store.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { discoverPartitions } from './discover-partitions.ts';
import { inTurn, waitAfter } from './in-turn.ts';
import { type DeltaReport, NOTHING_READ } from './read-delta.ts';
import { retryQuarantined } from './retry-quarantined.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * For streams whose partitions are asked one by one: sends a message to each whose own interval has passed. While no
 * calls are to be made none is sent, and one while it is not known whether the source is back: of a partition that has
 * not failed, if there is one.
 */
export async function planPartitions(context: StreamContext, held: HeldStream): Promise<DeltaReport> {
  let partitions = await listAll(context, held);
  if (partitions.length === 0) {
    await discoverPartitions(context);
    partitions = await listAll(context, held);
  }
  const budget = await context.budget.read(held.key.connection);
  const due = partitions
    .filter((state) => isPartitionDue(context, state))
    .toSorted((a, b) => Number(isSuspect(budget.breaker, a.id)) - Number(isSuspect(budget.breaker, b.id)));
  const affordable = tasksToPlan(budget, context.connection.limits, context.clock.now());
  const tasks = due.slice(0, affordable).map(
    ({ id }): OutgoingTask => ({
      task: { ...partitionKey(held.key, id), task: 'window', reason: 'due' },
      lane: 'scheduled',
    }),
  );
  await context.queue.send(inTurn(context, tasks));
  if (affordable > 0) await retryQuarantined(context, held.key, (page) => readByPartition(context, held, page));
  return NOTHING_READ;
}

/** What was mended at the source need not have been modified: its partition is read as a whole. */
async function readByPartition(context: StreamContext, held: HeldStream, page: SourcePage): Promise<void> {
  for (const partition of splitByPartition({ records: page.records, removed: page.removed ?? [] }).keys()) {
    const key = partitionKey(held.key, partition);
    await context.partitions.markRebuild(key);
    await context.queue.send([{ task: { ...key, task: 'window', reason: 'pending' }, lane: 'scheduled' }]);
  }
}

async function listAll(context: StreamContext, held: HeldStream): Promise<readonly PartitionState[]> {
  const found: PartitionState[] = [];
  let cursor: string | undefined;
  do {
    const listing = await context.partitions.list(held.key, cursor);
    found.push(...listing.partitions.filter(({ id }) => id !== WHOLE_STREAM));
    cursor = listing.next;
  } while (cursor !== undefined);
  return found;
}

function isPartitionDue(context: StreamContext, { lastRun, lease, failures }: PartitionState): boolean {
  const now = context.clock.now();
  if (lease !== undefined && lease.expiresAt > now) return false;
  if (lastRun === undefined) return true;
  const waitedMs = msBetween(now, lastRun.at);
  return waitedMs >= context.stream.rules.intervalMs * 0.9 && waitedMs >= waitAfter(failures);
}
