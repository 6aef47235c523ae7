import type { Locator } from '../domain/cache-layout.ts';
import { isPseudoPartition, partitionKey } from '../domain/names.ts';
import { isTombstone } from '../domain/stored-stamp.ts';
import type { CacheLookups } from '../ports/cache.ts';
import type { CachedEntry } from '../ports/cache-entries.ts';
import type { ForgottenRecord } from '../ports/forgotten-store.ts';
import { type StreamTarget, streamKeyOf } from './describe-partition.ts';
import { inParallel } from './in-parallel.ts';
import { layoutOf, type SyncPorts } from './sync-context.ts';

export type FindPorts = Pick<SyncPorts, 'partitions' | 'forgotten'> & { readonly cache: CacheLookups };

/** Where a record is, or was last, and what the cache holds of it there. */
export interface FoundRecord {
  /** Absent when nothing tells where to look, and looking found nothing. */
  readonly partition?: string;
  readonly entry?: CachedEntry;
  readonly locator?: Locator;
  readonly forgotten?: ForgottenRecord;
  /** How many partitions were looked in; not `complete` when there are more. */
  readonly looked: { readonly partitions: number; readonly complete: boolean };
}

/** Partitions that are looked through for a record that nothing else tells of, each for up to three commands. */
const LOOKED_THROUGH = 50;
const AT_ONCE = 10;

/**
 * Looks for a record: in the partition that is given, else where its locator or the list of forgotten records points,
 * else where `hint` does, else in the first partitions of the stream, one after the other.
 * @throws CacheFailure
 */
export async function findRecord(
  ports: FindPorts,
  target: StreamTarget,
  record: string,
  { partition, hint }: { readonly partition?: string; readonly hint?: string } = {},
): Promise<FoundRecord> {
  const stream = streamKeyOf(target);
  const [locator, listed] = await Promise.all([
    target.stream.locators ? ports.cache.locate(stream, record) : undefined,
    ports.forgotten.list(stream),
  ]);
  const forgotten = listed.find((candidate) => candidate.record === record);
  const known = { ...(locator === undefined ? {} : { locator }), ...(forgotten === undefined ? {} : { forgotten }) };
  const place = partition ?? locator?.partition ?? forgotten?.partition ?? hint;
  if (place === undefined) return { ...known, ...(await lookThrough(ports, target, record)) };
  const entry = await inspect(ports, target, place, record);
  return { ...known, partition: place, entry, looked: { partitions: 1, complete: true } };
}

/** Whether readers find the record there, or would if nothing of it were lost. */
export function isThere({ stored, body }: CachedEntry): boolean {
  return body !== 'absent' || (stored !== undefined && !isTombstone(stored));
}

async function lookThrough(ports: FindPorts, target: StreamTarget, record: string): Promise<FoundRecord> {
  const { partitions, next } = await ports.partitions.list(streamKeyOf(target));
  const ids = partitions.map(({ id }) => id).filter((id) => !isPseudoPartition(id));
  const looked = { partitions: 0, complete: false };
  let trace: Pick<FoundRecord, 'partition' | 'entry'> = {};
  for (let from = 0; from < Math.min(ids.length, LOOKED_THROUGH); from += AT_ONCE) {
    const some = ids.slice(from, Math.min(from + AT_ONCE, LOOKED_THROUGH));
    const entries = await inParallel(some, AT_ONCE, async (partition) => ({
      partition,
      entry: await inspect(ports, target, partition, record),
    }));
    looked.partitions += some.length;
    const found = entries.find(({ entry }) => isThere(entry));
    if (found !== undefined) return { ...found, looked };
    trace = entries.find(({ entry }) => entry.stored !== undefined) ?? trace;
  }
  return { ...trace, looked: { ...looked, complete: next === undefined && ids.length <= LOOKED_THROUGH } };
}

async function inspect(
  ports: FindPorts,
  target: StreamTarget,
  partition: string,
  record: string,
): Promise<CachedEntry> {
  const key = partitionKey(streamKeyOf(target), partition);
  const state = await ports.partitions.read(key);
  return ports.cache.inspect(key, layoutOf(target.stream, state), record);
}
