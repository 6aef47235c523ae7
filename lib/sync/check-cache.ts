import { partitionKey } from '../domain/names.ts';
import { layoutOf, type StreamContext } from './sync-context.ts';

/** Partitions that are looked into: a flush spares none. */
const SAMPLE = 3;

/** Whether the cache still holds what was written, judged by the counts of a few partitions. A command each. */
export async function holdsWhatWasWritten(context: StreamContext): Promise<boolean> {
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const { partitions } = await context.partitions.list(stream);
  const written = partitions.filter(({ cached, count }) => cached && count > 0).slice(0, SAMPLE);
  for (const { id } of written) {
    const key = partitionKey(stream, id);
    // Listings may be behind, and a layout that was left is empty.
    const state = await context.partitions.read(key);
    if (state === undefined) continue;
    if ((await context.cache.count(key, layoutOf(context.stream, state))) < state.count / 2) return false;
  }
  return true;
}
