import { partitionKey, type StreamKey } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { PartitionPage } from '../ports/source.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { inParallel } from './in-parallel.ts';
import { holdLifecycle, releaseLifecycle } from './lifecycle-plans.ts';
import { rememberConnection } from './plan-lifecycle.ts';
import { requestLayouts } from './request-layouts.ts';
import { withRetries } from './retry.ts';
import type { StreamContext } from './sync-context.ts';

const WRITES_AT_ONCE = 16;

/**
 * Asks the source which partitions there are. New ones get an item and, by a message, an (empty) place in the cache, so
 * that readers find them; changed titles are taken over. What is known and unchanged is not written.
 */
export async function discoverPartitions(context: StreamContext): Promise<void> {
  const key: StreamKey = { connection: context.connection.connection.id, stream: context.stream.name };
  await rememberConnection(context, context.connection);
  const known = await knownPartitions(context, key);
  const listed = new Set<string>();
  const tasks: OutgoingTask[] = [];
  let cursor: string | undefined;
  do {
    const page = await listPage(context, cursor);
    for (const { id } of page.partitions) listed.add(id);
    const changed = page.partitions.filter(
      ({ id, title }) => !known.has(id) || (title !== undefined && known.get(id)?.title !== title),
    );
    await inParallel(changed, WRITES_AT_ONCE, async ({ id, title }) => {
      const partition = partitionKey(key, id);
      const { created } = await context.partitions.discover(partition, title);
      if (created) tasks.push({ task: { ...partition, task: 'window', reason: 'pending' }, lane: 'scheduled' });
    });
    cursor = page.next;
  } while (cursor !== undefined);
  await planGone(context, key, known, listed);
  await requestLayouts(context, key, known.values());
  const { loaded } = (await context.streams.read(key)) ?? { loaded: false };
  // Before the first load is complete its last step reaches every partition anyway.
  if (loaded || context.stream.coverage === 'partition') await context.queue.send(tasks);
  context.telemetry.log('info', 'partitions discovered', { ...key, created: tasks.length });
}

/**
 * A partition that the source listed once, and that a complete listing does not name any more, waits to be removed. Only
 * one with a title was ever listed: others are known from their records alone.
 */
async function planGone(
  context: StreamContext,
  stream: StreamKey,
  known: ReadonlyMap<string, PartitionState>,
  listed: ReadonlySet<string>,
): Promise<void> {
  const planned = await context.plans.list({ connection: stream.connection, state: 'held', limit: 100 });
  const waiting = new Set(
    planned
      .filter(({ reason, stream: of }) => reason === 'partition-gone' && of === stream.stream)
      .map(({ partition }) => partition),
  );
  for (const { id, title, count } of known.values()) {
    const key = partitionKey(stream, id);
    if (listed.has(id)) {
      if (waiting.has(id)) await releaseLifecycle(context, key, 'partition-gone');
    } else if (title !== undefined && !waiting.has(id)) {
      await holdLifecycle(context, { key, reason: 'partition-gone', records: count });
    }
  }
}

async function knownPartitions(context: StreamContext, key: StreamKey): Promise<ReadonlyMap<string, PartitionState>> {
  const known = new Map<string, PartitionState>();
  let cursor: string | undefined;
  do {
    const listing = await context.partitions.list(key, cursor);
    for (const state of listing.partitions) known.set(state.id, state);
    cursor = listing.next;
  } while (cursor !== undefined);
  return known;
}

function listPage(context: StreamContext, cursor: string | undefined): Promise<PartitionPage> {
  return withRetries(
    context,
    context.stream.rules.attempts,
    ({ code }) => code === 'source-unavailable' || code === 'source-malformed',
    () => context.source.listPartitions(context.stream.name, cursor),
  );
}
