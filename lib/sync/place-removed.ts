import type { Changes } from '../domain/fan-out.ts';
import { partitionKey, type StreamKey } from '../domain/names.ts';
import type { RemovedRecord } from '../domain/record.ts';
import { inParallel } from './in-parallel.ts';
import type { StreamContext } from './sync-context.ts';

const AT_ONCE = 16;

/**
 * What has left, where the system can find it: in the partition the source names, and in the one its locator names,
 * where it is kept as long as nobody has heard that it had moved before it left. Both, because a read of the named
 * partition as a whole settles what is pending there and says nothing of the other. A partition that nobody has heard
 * of holds nothing; what is nowhere is dropped.
 */
export async function placeRemoved(context: StreamContext, key: StreamKey, changes: Changes): Promise<Changes> {
  const named = [...new Set(changes.removed.map(({ partition }) => partition))];
  const written = new Set(changes.records.map(({ partition }) => partition));
  const found = await inParallel(
    named,
    AT_ONCE,
    async (partition) =>
      written.has(partition) || (await context.partitions.read(partitionKey(key, partition))) !== undefined,
  );
  const known = new Set(named.filter((_, index) => found[index]));
  const placed = await inParallel(changes.removed, AT_ONCE, async (record): Promise<readonly RemovedRecord[]> => {
    const at = context.stream.locators ? await context.cache.locate(key, record.id) : undefined;
    const isElsewhere = at !== undefined && at.gone === undefined && at.partition !== record.partition;
    return [
      ...(known.has(record.partition) ? [record] : []),
      ...(isElsewhere ? [{ ...record, partition: at.partition }] : []),
    ];
  });
  return { records: changes.records, removed: placed.flat() };
}
