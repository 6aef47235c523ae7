import { type Instant, plusMs } from '../domain/instant.ts';
import { isRecordId, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import { leftStamp, type RemovedRecord } from '../domain/record.ts';
import type { Left } from '../ports/cache-apply.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import type { ApplyWork } from './apply-records.ts';
import type { StreamContext } from './sync-context.ts';

/** What a source said has left, and under which call it said so. */
export interface Departures extends Pick<ApplyWork, 'order' | 'asOf'> {
  readonly removed: readonly RemovedRecord[] | undefined;
  /** Source clock when their own page was served. @default asOf */
  readonly servedAt?: Instant | undefined;
  /** Whether an older version of one of them may still be read, or applied, after this. */
  readonly mayFollow: (removed: RemovedRecord) => boolean;
}

/**
 * By record id, as the cache takes them; of two about one record the later. What changed after the first page of a read
 * was served is not as old as that page: it was so when its own page was.
 */
export function leftRecords({
  removed = [],
  order,
  asOf,
  servedAt = asOf,
  mayFollow,
}: Departures): Readonly<Record<string, Left>> {
  const left: Record<string, Left> = {};
  for (const record of removed) {
    if (!isRecordId(record.id)) continue;
    const changedSince = asOf !== undefined && record.modified > asOf;
    const stamp = leftStamp(record, order, changedSince ? servedAt : asOf);
    const known = left[record.id];
    if (known === undefined || known.stamp < stamp) left[record.id] = { stamp, lasting: mayFollow(record) };
  }
  return left;
}

/**
 * Whether older news of a partition may be on their way besides those that the caller knows of: deltas that are open,
 * or a walk, which reads before it has the partition's lease.
 */
export async function newsUnderWay(
  context: StreamContext,
  { key, state }: Held,
  removed: readonly RemovedRecord[] | undefined,
  applying?: number,
): Promise<boolean> {
  if (removed === undefined || removed.length === 0) return false;
  if (state.pending.open.some((delta) => delta !== applying)) return true;
  const walk = await context.partitions.read(partitionKey(key, WHOLE_STREAM));
  return walk?.full !== undefined;
}

/**
 * For pages of one read of everything: what left longer ago than a source's answers lag behind is shown by no further
 * page of it.
 */
export function mayComeLater(
  context: StreamContext,
  { next }: Pick<SourcePage, 'next'>,
  startedAt: SourcePage['servedAt'],
): Departures['mayFollow'] {
  const known = plusMs(startedAt, -context.stream.rules.overlapMs);
  return ({ modified }) => next !== undefined && modified > known;
}
