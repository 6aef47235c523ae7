import { TABLE_KEYS, UNFINISHED_INDEX } from '../../config/environment.ts';
import type { Instant } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import type { UnfinishedPartition } from '../../domain/unfinished.ts';
import { type Item, number, text } from './attributes.ts';
import { streamPk } from './keys.ts';
import { readUnfinished } from './partition-item.ts';
import type { Table } from './table.ts';

/** Entries of one page: far less than the megabyte that ends a page. */
const INDEX_PAGE = 1_000;

export interface Wanted {
  readonly stream: StreamKey;
  readonly markedBefore: Instant;
  readonly limit: number;
}

/** Oldest first, from the index alone: about sixty entries for a read unit. */
export async function unfinishedPartitions(table: Table, wanted: Wanted): Promise<readonly UnfinishedPartition[]> {
  const found: UnfinishedPartition[] = [];
  let start: Item | undefined;
  while (found.length < wanted.limit) {
    const page = await table.queryIndex({
      index: UNFINISHED_INDEX,
      condition: `#${TABLE_KEYS.indexPartitionKey} = :stream AND #${TABLE_KEYS.indexSortKey} < :before`,
      values: { stream: text(streamPk(wanted.stream)), before: number(wanted.markedBefore) },
      limit: Math.min(wanted.limit - found.length, INDEX_PAGE),
      ...(start && { start }),
    });
    found.push(...page.items.flatMap((entry) => readUnfinished(entry) ?? []));
    start = page.next;
    if (start === undefined) break;
  }
  return found;
}
