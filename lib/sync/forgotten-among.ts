import { isExclusion } from '../domain/exclusion.ts';
import { type PartitionKey, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { SourceRecord } from '../domain/record.ts';
import type { Held } from '../ports/partition-store.ts';
import type { StreamContext } from './sync-context.ts';

/** Record id → stamp. */
type Versions = Readonly<Record<string, string>>;

/**
 * Which of these records a person wanted erased, and the newest version that must not come back. Asked where a lost
 * cache is built anew; everywhere else the cache itself remembers by its tombstones. Without locators an id may be another
 * record in each partition: where a partition is named, only the one that was meant there is forgotten.
 */
export async function forgottenAmong(
  context: StreamContext,
  records: readonly (Pick<SourceRecord, 'id'> & { readonly partition?: string })[],
): Promise<Versions> {
  if (records.length === 0) return {};
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const forgotten = new Map((await context.forgotten.list(stream)).map((known) => [known.record, known]));
  const entries = records.flatMap(({ id, partition }): readonly (readonly [string, string])[] => {
    const known = forgotten.get(id);
    const isMeant = context.stream.locators || partition === undefined || known?.partition === partition;
    return known === undefined || !isMeant ? [] : [[id, known.stamp]];
  });
  return Object.fromEntries(entries);
}

/**
 * All that a person wanted erased or excluded from one partition. Where the cache has lost its tombstones, what no
 * read shows now must stay away too when one shows it later.
 */
export async function forgottenIn(
  context: StreamContext,
  { connection, stream, partition }: PartitionKey,
): Promise<Versions> {
  const forgotten = await context.forgotten.list({ connection, stream });
  const own = forgotten.filter((known) => known.partition === partition);
  return Object.fromEntries(own.map(({ record, stamp }) => [record, stamp]));
}

/** What a partition's item says of records that are to leave it. */
export interface Leaving {
  readonly removals: Versions;
  readonly forgotten: Versions;
  /** Records that were excluded and are so no longer. */
  readonly included: readonly string[];
}

/**
 * What is to leave a partition, divided into what is elsewhere now, what a person wanted erased or excluded, and what
 * is excluded no longer. Only what is read after the item is known says which.
 */
export async function divideMoved(context: StreamContext, { state }: Held): Promise<Leaving> {
  const { moved } = state.pending;
  // Whose id somebody excluded here stays away, though of all partitions the store knows only the last one.
  const forgotten = await forgottenAmong(
    context,
    Object.keys(moved).map((id) => ({ id })),
  );
  const others = Object.entries(moved).filter(([record]) => !Object.hasOwn(forgotten, record));
  return {
    removals: Object.fromEntries(others.filter(([, stamp]) => !isExclusion(stamp))),
    forgotten,
    included: others.flatMap(([record, stamp]) => (isExclusion(stamp) ? [record] : [])),
  };
}

/**
 * Has records read from the source that are excluded no longer, now that nothing keeps them away.
 * Before the item forgets that they are to be: whoever dies in between repeats it.
 */
export async function readIncluded(context: StreamContext, key: PartitionKey, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { hints, queue, telemetry } = context;
  const hinted = ids.map((id) => ({ id, partition: key.partition }));
  const task = { ...partitionKey(key, WHOLE_STREAM), task: 'hint' } as const;
  const waits = await hints.add(key, hinted);
  const unsent = waits ? await queue.send([{ task, lane: 'priority' }]) : [];
  if (waits && unsent.length === 0) return;
  telemetry.log('warn', 'records that are excluded no longer wait for an audit', { ...key, records: ids.length });
}
