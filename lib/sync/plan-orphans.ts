import { partitionKey } from '../domain/names.ts';
import { holdLifecycle } from './lifecycle-plans.ts';
import { hasTimeLeft, layoutOf, type StreamContext } from './sync-context.ts';

/** Plans the removal of partitions that the cache holds and the state table does not know. */
export async function planOrphans(context: StreamContext): Promise<void> {
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const known = await knownPartitions(context);
  let cursor: string | undefined;
  do {
    const page = await context.cache.partitionsHeld(stream, cursor);
    for (const id of new Set(page.partitions)) if (!known.has(id)) await planOrphan(context, id);
    cursor = page.next;
  } while (cursor !== undefined && hasTimeLeft(context.slice));
  if (cursor !== undefined) context.telemetry.log('warn', 'not all keys of the cache were looked at', stream);
}

async function knownPartitions(context: StreamContext): Promise<ReadonlySet<string>> {
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const known = new Set<string>();
  let cursor: string | undefined;
  do {
    const listing = await context.partitions.list(stream, cursor);
    for (const { id } of listing.partitions) known.add(id);
    cursor = listing.next;
  } while (cursor !== undefined);
  return known;
}

async function planOrphan(context: StreamContext, id: string): Promise<void> {
  const key = partitionKey({ connection: context.connection.connection.id, stream: context.stream.name }, id);
  // Listings may be behind: one that was just created is no orphan.
  if ((await context.partitions.read(key)) !== undefined) return;
  const records = await context.cache.count(key, layoutOf(context.stream, undefined));
  await holdLifecycle(context, { key, reason: 'orphaned-keys', records });
}
