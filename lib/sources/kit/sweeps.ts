import type { Source, SourcePage, SweepQuery, VersionPage } from '../../ports/source.ts';

/** What a page of records says about versions: all that a sweep wants of it. What was rejected is left out. */
export function versionsOf({ records, servedAt, order, next }: SourcePage): VersionPage {
  const versions = records.map(({ id, partition, modified }) => ({ id, partition, modified }));
  return { versions, servedAt, order, ...(next === undefined ? {} : { next }) };
}

/**
 * A sweep of a source that cannot leave contents out: pages are read whole and their bodies dropped. As many calls,
 * and more bytes.
 * @throws SourceFailure
 */
export async function sweepByReading(
  source: Pick<Source, 'read'>,
  query: SweepQuery,
  cursor?: string,
): Promise<VersionPage> {
  return versionsOf(await source.read(query, cursor));
}
