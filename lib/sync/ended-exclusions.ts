import { isExclusion } from '../domain/exclusion.ts';
import type { PartitionKey } from '../domain/names.ts';
import { isTombstone } from '../domain/stored-stamp.ts';
import { forgottenAmong } from './forgotten-among.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Which of these records nobody excludes any more, though a tombstone of their exclusion still keeps them away: one that
 * was left in a partition they were excluded from before, or by an inclusion that was interrupted. Only under the
 * partition's lease: whoever excludes one of them anew writes that down before a worker comes for it.
 */
export async function endedExclusions(
  context: StreamContext,
  key: PartitionKey,
  records: readonly string[],
): Promise<readonly string[]> {
  if (records.length === 0) return [];
  const stored = await context.cache.storedStamps(key, records);
  const located = context.stream.locators ? await context.cache.locateAll(key, records) : undefined;
  const kept = records.filter((record) => {
    const [own, at] = [stored.get(record), located?.get(record)];
    const isBuried = own !== undefined && isTombstone(own) && isExclusion(own.stamp);
    return isBuried || (at?.gone !== undefined && isExclusion(at.stamp));
  });
  const excluded = await forgottenAmong(
    context,
    kept.map((id) => ({ id })),
  );
  return kept.filter((record) => !Object.hasOwn(excluded, record));
}
