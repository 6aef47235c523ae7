import { partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import type { PartitionPage } from '../ports/source.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { inParallel } from './in-parallel.ts';
import { withRetries } from './retry.ts';
import type { StreamContext } from './sync-context.ts';

const WRITES_AT_ONCE = 16;

/**
 * Asks the source which partitions there are. New ones get an item and, by a message, an (empty) place in the cache, so
 * that readers find them; changed titles are taken over. What is known and unchanged is not written.
 */
export async function discoverPartitions(context: StreamContext): Promise<void> {
  const key: StreamKey = { connection: context.connection.connection.id, stream: context.stream.name };
  const known = await knownTitles(context, key);
  const tasks: OutgoingTask[] = [];
  let cursor: string | undefined;
  do {
    const page = await listPage(context, cursor);
    const changed = page.partitions.filter(
      ({ id, title }) => !known.has(id) || (title !== undefined && known.get(id) !== title),
    );
    await inParallel(changed, WRITES_AT_ONCE, async ({ id, title }) => {
      const partition = partitionKey(key, id);
      const { created } = await context.partitions.discover(partition, title);
      if (created) tasks.push({ task: { ...partition, task: 'window', reason: 'pending' }, lane: 'scheduled' });
    });
    cursor = page.next;
  } while (cursor !== undefined);
  const { loaded } = (await context.streams.read(key)) ?? { loaded: false };
  // Before the first load is complete its last step reaches every partition anyway.
  if (loaded || context.stream.coverage === 'partition') await context.queue.send(tasks);
  context.telemetry.log('info', 'partitions discovered', { ...key, created: tasks.length });
}

async function knownTitles(context: StreamContext, key: StreamKey): Promise<ReadonlyMap<string, string | undefined>> {
  const titles = new Map<string, string | undefined>();
  let cursor: string | undefined;
  do {
    const listing = await context.partitions.list(key, cursor);
    for (const { id, title } of listing.partitions) if (id !== WHOLE_STREAM) titles.set(id, title);
    cursor = listing.next;
  } while (cursor !== undefined);
  return titles;
}

function listPage(context: StreamContext, cursor: string | undefined): Promise<PartitionPage> {
  return withRetries(
    context,
    context.connection.rules.attempts,
    ({ code }) => code === 'source-unavailable' || code === 'source-malformed',
    () => context.source.listPartitions(context.stream.name, cursor),
  );
}
