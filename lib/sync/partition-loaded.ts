import type { PartitionState } from '../domain/partition.ts';
import type { PartitionMeta } from '../ports/cache-apply.ts';
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

/**
 * What to tell readers about it: a partition that was whole before may have been lost in the cache since, so that only
 * what reads it as a whole says that it is whole.
 */
export function tellLoaded(state: PartitionState, loaded: boolean): PartitionMeta['loaded'] {
  return loaded && state.loaded ? 'as-told' : loaded;
}
