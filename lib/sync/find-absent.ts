import { isHeld } from '../domain/deletion-brake.ts';
import type { FullCheckpoint } from '../domain/partition.ts';
import type { SourceRecord } from '../domain/record.ts';
import type { CachedVersion } from '../ports/cache.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { readPage } from './read-page.ts';
import { layoutOf, type StreamContext } from './sync-context.ts';

export interface Absent {
  /** Record id → stamp: gone at the source, to be removed unless what is stored is newer. */
  readonly removals: Readonly<Record<string, string>>;
  /** Deletions that wait for a person. */
  readonly held: number;
  /** Records the scan passed over, though they are there: edits moved them between its pages. */
  readonly missed: readonly SourceRecord[];
  /** Last call number of the scan, this included. */
  readonly order: number;
}

/**
 * What is gone after a complete scan without a modified-time bound: records that were in the cache when it began, were
 * not written since, were not seen, and that a query by id does not find either. More than the brake allows is held.
 */
export async function findAbsent(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<Absent> {
  const { run, startOrder = 0, lastOrder = 0, ledger } = checkpoint;
  const nothing: Absent = { removals: {}, held: 0, missed: [], order: lastOrder };
  if (!held.state.cached) return nothing;
  const seen = ledger.seen > 0 ? 1 : 0;
  const unseen = await context.cache.unseen(held.key, run, startOrder, seen, layoutOf(context.stream));
  if (unseen === undefined || unseen.length === 0) return nothing;
  // The brake first: asking by id for what would be held anyway only spends calls.
  if (isHeld(unseen.length, held.state.count)) return holdBack(context, held, nothing, unseen.length);
  const confirmed = await confirm(context, held, unseen, lastOrder);
  const gone = Object.keys(confirmed.removals).length;
  return isHeld(gone, held.state.count) ? holdBack(context, held, { ...confirmed, removals: {} }, gone) : confirmed;
}

function holdBack(context: StreamContext, held: Held, absent: Absent, deletions: number): Absent {
  context.telemetry.log('error', 'deletions held: more than the brake allows', {
    ...held.key,
    deletions,
    cached: held.state.count,
  });
  return { ...absent, held: deletions };
}

async function confirm(
  context: StreamContext,
  held: Held,
  unseen: readonly CachedVersion[],
  lastOrder: number,
): Promise<Absent> {
  const removals = new Map(unseen.map(({ record, stamp }) => [record, stamp]));
  const missed: SourceRecord[] = [];
  let order = lastOrder;
  let cursor: string | undefined;
  do {
    const query = { stream: context.stream.name, ids: unseen.map(({ record }) => record) };
    const page: SourcePage = await readPage(context, query, cursor);
    order = page.order;
    for (const record of page.records) {
      // Found in another partition it leaves this one; its new partition is told by the delta that saw it move.
      if (record.partition !== held.key.partition) continue;
      removals.delete(record.id);
      missed.push(record);
    }
    for (const rejected of page.rejected) removals.delete(rejected.id);
    cursor = page.next;
  } while (cursor !== undefined);
  return { removals: Object.fromEntries(removals), held: 0, missed, order };
}
