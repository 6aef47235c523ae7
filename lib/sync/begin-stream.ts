import { earlierOf, type Instant } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import { promote, type WindowRule } from '../domain/window.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Has the deltas of a stream that is read for the first time begin where its walk began, or where a partition was read by
 * itself before: what has left that one since then a walk need not show, and no read of its own has told of it.
 * Does nothing where there are deltas already.
 * @param servedAt source clock of the walk's first page
 */
export async function beginStream(context: StreamContext, stream: StreamKey, servedAt: Instant): Promise<void> {
  const { rules } = context.stream;
  if ((await context.streams.read(stream))?.watermark !== undefined) return;
  let from = promote(undefined, servedAt, rules);
  let cursor: string | undefined;
  do {
    const { partitions, next } = await context.partitions.list(stream, cursor);
    from = partitions.flatMap((partition) => readFrom(partition, rules)).reduce(earlierOf, from);
    cursor = next;
  } while (cursor !== undefined);
  await context.streams.beginFrom(stream, from);
}

/** Where changes of a partition begin that its own reads may not have told of. One that is under way has no watermark yet. */
function readFrom({ watermark, full }: PartitionState, rules: WindowRule): readonly Instant[] {
  if (watermark !== undefined) return [watermark];
  return full?.startedAt === undefined ? [] : [promote(undefined, full.startedAt, rules)];
}
