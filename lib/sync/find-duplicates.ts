import { type DuplicateGroup, DuplicateSearch, filledFields } from '../domain/duplicates.ts';
import { exclusionStamp, isExclusion } from '../domain/exclusion.ts';
import { EPOCH } from '../domain/instant.ts';
import { type PartitionKey, partitionKey } from '../domain/names.ts';
import { parseStamp } from '../domain/stamp.ts';
import { isTombstone } from '../domain/stored-stamp.ts';
import type { CacheLookups } from '../ports/cache.ts';
import { type StreamTarget, streamKeyOf } from './describe-partition.ts';
import { type ForgetPorts, markLeaving } from './forget-record.ts';
import { layoutOf } from './sync-context.ts';

/** Records that one search compares: what it remembers of them fits into a small function. */
export const EXAMINED_AT_MOST = 50_000;

/** Records that one cleaning excludes: what a partition's item remembers at a time, and as much again to come. */
export const CLEANED_AT_ONCE = 50;

export interface Duplicates {
  readonly groups: readonly DuplicateGroup[];
  readonly examined: number;
  /** Whether the partition has more records than were compared. */
  readonly truncated: boolean;
}

export type DuplicatePorts = ForgetPorts & { readonly cache: Pick<CacheLookups, 'pages'> };

/**
 * Records of one partition that share an identity, as readers find them now; excluded ones are left out. Of the contents
 * never more than one page is held.
 * @returns `undefined` where the stream's records have no identity but their id
 * @throws CacheFailure
 */
export async function findDuplicates(
  ports: DuplicatePorts,
  target: StreamTarget,
  partition: string,
): Promise<Duplicates | undefined> {
  const { identities } = target.stream;
  if (identities === undefined) return undefined;
  const stream = streamKeyOf(target);
  const key = partitionKey(stream, partition);
  const [state, listed] = await Promise.all([ports.partitions.read(key), ports.forgotten.list(stream)]);
  const own = listed.filter((known) => target.stream.locators || known.partition === partition);
  const excluded = new Set(own.flatMap(({ record, stamp }) => (isExclusion(stamp) ? [record] : [])));
  const search = new DuplicateSearch();
  let truncated = false;
  for await (const page of ports.cache.pages(key, layoutOf(target.stream, state))) {
    truncated = search.examined >= EXAMINED_AT_MOST;
    if (truncated) break;
    for (const { id, body, stored } of page) {
      if (excluded.has(id)) continue;
      const live = stored === undefined || isTombstone(stored) ? undefined : parseStamp(stored.stamp);
      search.add({ id, modified: live?.modified ?? EPOCH, filled: filledFields(body) }, identities(body));
    }
  }
  return { groups: search.groups(), examined: search.examined, truncated };
}

export interface Cleaned extends Duplicates {
  /** Records that were excluded now. */
  readonly excluded: readonly string[];
  /** Duplicates that are left for the next time. */
  readonly left: number;
}

/**
 * Excludes all but one record of each group, some at a time. What is excluded may be included again.
 * @returns as `findDuplicates`, as it was before
 */
export async function cleanDuplicates(
  ports: DuplicatePorts,
  target: StreamTarget,
  partition: string,
): Promise<Cleaned | undefined> {
  const found = await findDuplicates(ports, target, partition);
  if (found === undefined) return undefined;
  const others = found.groups.flatMap((group) => group.others.map(({ id }) => id));
  const excluded = others.slice(0, CLEANED_AT_ONCE);
  await excludeAll(ports, partitionKey(streamKeyOf(target), partition), excluded);
  return { ...found, excluded, left: others.length - excluded.length };
}

/** Written down first, as for one record: asking again completes what was interrupted. */
async function excludeAll(ports: DuplicatePorts, key: PartitionKey, records: readonly string[]): Promise<void> {
  if (records.length === 0) return;
  const at = ports.clock.now();
  const stamp = exclusionStamp(at);
  for (const record of records) await ports.forgotten.put(key, { record, partition: key.partition, stamp, at });
  await markLeaving(ports, key, Object.fromEntries(records.map((record) => [record, stamp])));
  ports.telemetry.log('info', 'duplicates are excluded', { ...key, records });
}
