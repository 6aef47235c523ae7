import { isPseudoPartition, type StreamKey } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { SyncPorts } from './sync-context.ts';

/** Every partition of a stream that readers know. */
export async function allPartitions(
  { partitions }: Pick<SyncPorts, 'partitions'>,
  stream: StreamKey,
): Promise<readonly PartitionState[]> {
  const found: PartitionState[] = [];
  let cursor: string | undefined;
  do {
    const listing = await partitions.list(stream, cursor);
    found.push(...listing.partitions.filter(({ id }) => !isPseudoPartition(id)));
    cursor = listing.next;
  } while (cursor !== undefined);
  return found;
}
