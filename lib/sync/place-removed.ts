import type { Changes } from '../domain/fan-out.ts';
import { partitionKey, type StreamKey } from '../domain/names.ts';
import type { RemovedRecord } from '../domain/record.ts';
import { inParallel } from './in-parallel.ts';
import type { StreamContext } from './sync-context.ts';

const AT_ONCE = 16;

/**
 * What has left, where the system can find it: a partition that nobody has heard of holds nothing, but a record that had
 * moved there before it left may still be where its locator says. What is nowhere is dropped.
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
    if (known.has(record.partition)) return [record];
    const at = context.stream.locators ? await context.cache.locate(key, record.id) : undefined;
    return at === undefined || at.gone !== undefined ? [] : [{ ...record, partition: at.partition }];
  });
  return { records: changes.records, removed: placed.flat() };
}
