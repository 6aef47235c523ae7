import { TABLE_KEYS, UNFINISHED_INDEX } from '../../config/environment.ts';
import type { Instant } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import { needsAttention, type PartitionState } from '../../domain/partition.ts';
import { type Item, number, readText, text } from './attributes.ts';
import { streamPk } from './keys.ts';
import { readPartition } from './partition-item.ts';
import type { Table } from './table.ts';

const INDEX_PAGE = 100;

export interface Wanted {
  readonly stream: StreamKey;
  readonly markedBefore: Instant;
  readonly limit: number;
}

/**
 * Oldest first. The index holds keys only, and may be behind: each item is read, and counts only if it still needs
 * somebody.
 */
export async function unfinishedPartitions(table: Table, wanted: Wanted): Promise<readonly PartitionState[]> {
  if (wanted.limit < 1) return [];
  const found: PartitionState[] = [];
  let start: Item | undefined;
  do {
    const page = await table.queryIndex({
      index: UNFINISHED_INDEX,
      condition: `#${TABLE_KEYS.indexPartitionKey} = :stream AND #${TABLE_KEYS.indexSortKey} < :before`,
      values: { stream: text(streamPk(wanted.stream)), before: number(wanted.markedBefore) },
      limit: Math.min(wanted.limit, INDEX_PAGE),
      ...(start && { start }),
    });
    found.push(...(await readInOrder(table, page.items)).filter(needsAttention));
    start = page.next;
  } while (start && found.length < wanted.limit);
  return found.slice(0, wanted.limit);
}

async function readInOrder(table: Table, entries: readonly Item[]): Promise<readonly PartitionState[]> {
  const keys = entries.flatMap((entry) => {
    const pk = readText(entry, TABLE_KEYS.partitionKey);
    const sk = readText(entry, TABLE_KEYS.sortKey);
    return pk === undefined || sk === undefined ? [] : [{ pk, sk }];
  });
  const items = new Map(
    (await table.getMany(keys, { consistent: false })).map((item) => [readText(item, TABLE_KEYS.sortKey), item]),
  );
  return keys.flatMap(({ sk }) => {
    const item = items.get(sk);
    return item ? [readPartition(item).state] : [];
  });
}
