import type { PartitionKey } from './names.ts';

/** The keys that applications read: a published contract. */

/** HASH: record id → record JSON. `segment` where the stream is too big for one key. */
export function recordsKey(partitionKind: string, partition: string, stream: string, segment?: string): string {
  const key = `cache:${partitionKind}:${partition}:${stream}`;
  return segment === undefined ? key : `${key}:${segment}`;
}

/** HASH: `count`, `last_sync`, `watermark` (ISO-8601 UTC), `loaded`, `pending`, `segments`, `layout`, `applied`. */
export function metaKey(partitionKind: string, partition: string, stream: string): string {
  return `${recordsKey(partitionKind, partition, stream)}:meta`;
}

/** STRING: `{"partition":…,"stamp":…}`, plus `from` while a move is being completed. */
export function locatorKey(connection: string, stream: string, record: string): string {
  return `cache:record:${connection}:${stream}:${record}`;
}

/** STRING: JSON of the connection's last cycle: see `ConnectionCycle`. */
export function connectionKey(connection: string): string {
  return `tidemark:connection:${connection}`;
}

/** Internal. STRING: the highest fence that has written the partition. */
export function fenceKey(key: PartitionKey): string {
  return `tidemark:fence:${key.connection}:${key.stream}:${key.partition}`;
}

/** Internal. HASH: record id → stamp, and `#count`. */
export function stampsKey(key: PartitionKey, segment?: string): string {
  const stamps = `tidemark:stamps:${key.connection}:${key.stream}:${key.partition}`;
  return segment === undefined ? stamps : `${stamps}:${segment}`;
}

/** Internal. SET: record ids a full has seen so far. */
export function scanKey(key: PartitionKey, run: string): string {
  return `tidemark:scan:${key.connection}:${key.stream}:${key.partition}:${run}`;
}

export const CACHE_LAYOUT = 1;

/** The layout of one stream's partitions: what the readers and the writers must agree on. */
export interface StreamLayout {
  readonly partitionKind: string;
  readonly locators: boolean;
}

/**
 * What `tidemark:connection:{connection}` holds. Readers derive freshness from it: a partition that `pending` lists
 * with a delta above the partition's own `applied` has changes that are not in the cache yet.
 */
export interface ConnectionCycle {
  readonly cycle: number;
  /** ISO-8601 UTC, this machine's clock. */
  readonly at: string;
  readonly streams: Readonly<
    Record<
      string,
      {
        /** ISO-8601 UTC, source clock; absent before the first load has begun. */
        readonly watermark?: string;
        readonly loaded: boolean;
        /** Partition id → highest delta number still open. */
        readonly pending: Readonly<Record<string, number>>;
        /** Whether more partitions are pending than are listed: then only a partition's own watermark counts. */
        readonly more: boolean;
      }
    >
  >;
}
