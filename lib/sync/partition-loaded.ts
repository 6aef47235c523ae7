import type { PartitionState } from '../domain/partition.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Whether a partition's past is in the cache: it was read as a whole, or it appeared after a walk over the whole
 * stream had been completed, which left nothing of any partition behind.
 */
export async function isLoaded(context: StreamContext, state: PartitionState): Promise<boolean> {
  if (state.loaded) return true;
  if (context.stream.coverage !== 'stream' || state.pending.rebuild) return false;
  const connection = context.connection.connection.id;
  const stream = await context.streams.read({ connection, stream: context.stream.name });
  return stream?.loaded ?? false;
}
