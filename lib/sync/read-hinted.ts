import { type Changes, splitByPartition } from '../domain/fan-out.ts';
import type { HintedRecord } from '../domain/hints.ts';
import type { Instant } from '../domain/instant.ts';
import { partitionKey, type StreamKey } from '../domain/names.ts';
import type { RemovedRecord, SourceRecord } from '../domain/record.ts';
import { isTombstone } from '../domain/stored-stamp.ts';
import type { CachedVersion } from '../ports/cache-entries.ts';
import type { SourcePage } from '../ports/source.ts';
import { placeRemoved } from './place-removed.ts';
import { readPage } from './read-page.ts';
import { layoutOf, type StreamContext } from './sync-context.ts';

/** What the source says of records that webhooks told of, for one partition. */
export interface HintedWork {
  readonly partition: string;
  /** Found there. */
  readonly records: readonly SourceRecord[];
  /** Gone from there, as the source says. */
  readonly removed: readonly RemovedRecord[];
  /** In the cache there, and not found anywhere. */
  readonly suspects: readonly CachedVersion[];
  /** Call number and source clock of the first query. */
  readonly order: number;
  readonly asOf: Instant;
}

const NO_CHANGES: Changes = { records: [], removed: [] };

interface Answer {
  readonly found: readonly SourceRecord[];
  readonly removed: readonly RemovedRecord[];
  /** Neither found nor unreadable, nor gone as the source says. */
  readonly absent: readonly HintedRecord[];
  readonly order: number;
  readonly asOf: Instant;
}

/** Asks the source for hinted records, and tells by partition what it says. @throws SourceFailure, CacheFailure */
export async function readHinted(
  context: StreamContext,
  stream: StreamKey,
  records: readonly HintedRecord[],
): Promise<readonly HintedWork[]> {
  const work: HintedWork[] = [];
  for (const [place, hinted] of Map.groupBy(records, ({ partition }) => partition)) {
    const { found, removed, absent, order, asOf } = await ask(context, hinted, place);
    const suspects = await locateAll(context, stream, absent);
    const changes = splitByPartition(await placeRemoved(context, stream, { records: found, removed }));
    for (const partition of new Set([...changes.keys(), ...suspects.keys()])) {
      const own = { ...(changes.get(partition) ?? NO_CHANGES), suspects: suspects.get(partition) ?? [] };
      work.push({ partition, ...own, order, asOf });
    }
  }
  return work;
}

async function ask(
  context: StreamContext,
  hinted: readonly HintedRecord[],
  partition: string | undefined,
): Promise<Answer> {
  const ids = [...new Set(hinted.map(({ id }) => id))];
  const query = { stream: context.stream.name, ids, ...(partition === undefined ? {} : { partition }) };
  const first = await readPage(context, query);
  const pages: SourcePage[] = [first];
  for (let cursor = first.next; cursor !== undefined; cursor = pages.at(-1)?.next) {
    pages.push(await readPage(context, query, cursor));
  }
  const found = pages.flatMap((page) => page.records).filter(({ id }) => ids.includes(id));
  const removed = pages.flatMap((page) => page.removed ?? []).filter(({ id }) => ids.includes(id));
  const shown = new Set([...found, ...removed, ...pages.flatMap((page) => page.rejected)].map(({ id }) => id));
  const absent = hinted.filter(({ id }) => !shown.has(id));
  return { found, removed, absent, order: first.order, asOf: first.servedAt };
}

/** Where the cache has records that the source did not show. One that is nowhere has nothing to leave. */
async function locateAll(
  context: StreamContext,
  stream: StreamKey,
  absent: readonly HintedRecord[],
): Promise<ReadonlyMap<string, readonly CachedVersion[]>> {
  const located = new Map<string, CachedVersion[]>();
  for (const hinted of absent) {
    const at = await locate(context, stream, hinted);
    if (at === undefined) continue;
    located.set(at.partition, [...(located.get(at.partition) ?? []), { record: hinted.id, stamp: at.stamp }]);
  }
  return located;
}

/** Without locators only a record whose partition the webhook named is found; any other is left to the audit. */
async function locate(
  context: StreamContext,
  stream: StreamKey,
  { id, partition }: HintedRecord,
): Promise<{ readonly partition: string; readonly stamp: string } | undefined> {
  if (context.stream.locators) {
    const at = await context.cache.locate(stream, id);
    return at === undefined || at.gone !== undefined ? undefined : at;
  }
  if (partition === undefined) return undefined;
  const key = partitionKey(stream, partition);
  const state = await context.partitions.read(key);
  if (state === undefined) return undefined;
  const { stored } = await context.cache.inspect(key, layoutOf(context.stream, state), id);
  return stored === undefined || isTombstone(stored) ? undefined : { partition, stamp: stored.stamp };
}
