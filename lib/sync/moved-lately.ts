import type { StreamKey } from '../domain/names.ts';
import type { SourceRecord } from '../domain/record.ts';
import { lowerBound } from '../domain/window.ts';
import type { SourcePage } from '../ports/source.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Which of these records a partition that reads its window may miss: a source may show what a record is now, and find it
 * by what its index knew of it a while ago, so that one that has just moved is not found in its new partition yet. One
 * that the cache has nowhere may have moved as well. One command where any of them is so young.
 */
export async function movedLately(
  context: StreamContext,
  stream: StreamKey,
  records: readonly SourceRecord[],
  servedAt: SourcePage['servedAt'],
): Promise<readonly SourceRecord[]> {
  if (!context.stream.locators) return [];
  const since = lowerBound(servedAt, context.stream.rules);
  const young = records.filter(({ modified }) => modified > since);
  const ids = young.map(({ id }) => id);
  const located = await context.cache.locateAll(stream, ids);
  return young.filter(({ id, partition }) => located.get(id)?.partition !== partition);
}
