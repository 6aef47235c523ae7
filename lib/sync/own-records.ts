import { SourceFailure, type SourcePage } from '../ports/source.ts';

/**
 * A query for one partition that returns records of another means the source does not understand the partition
 * criterion as sent; writing them would fill the partition with strangers.
 * @throws SourceFailure
 */
export function requireSamePartition({ records, removed = [] }: SourcePage, partition: string): void {
  const stranger = [...records, ...removed].find((record) => record.partition !== partition);
  if (stranger === undefined) return;
  throw new SourceFailure(
    'source-misconfigured',
    `a query for partition ${partition} returned a record of partition ${stranger.partition}: check how the connection asks for a partition`,
  );
}
