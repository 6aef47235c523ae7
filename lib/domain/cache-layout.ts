import { type Instant, parseIsoInstant } from './instant.ts';
import type { PartitionKey, StreamKey } from './names.ts';

/** The keys that applications read: a published contract. */

/**
 * HASH: record id → record JSON. `part` is the segment, where the stream is too big for one key, or `v2` and so on in
 * another layout.
 */
export function recordsKey(partitionKind: string, partition: string, stream: string, part?: string): string {
  const key = `cache:${partitionKind}:${partition}:${stream}`;
  return part === undefined ? key : `${key}:${part}`;
}

/**
 * HASH: `count`, `last_sync` and `watermark` (ISO-8601 UTC), `loaded` and `pending` (`true` or `false`), `layout`,
 * `applied` (number of the last delta), and where there are any `segments` (see `parseSegments`).
 */
export function metaKey(partitionKind: string, partition: string, stream: string): string {
  return `${recordsKey(partitionKind, partition, stream)}:meta`;
}

/**
 * STRING: `{"partition":…,"stamp":…}`, plus `segment` where the record is in one, plus `from` while a move is being
 * completed, plus `gone` (ISO-8601 UTC) once the record is no longer anywhere: then it is a tombstone, which nothing older
 * than the stamp gets past.
 */
export function locatorKey(connection: string, stream: string, record: string): string {
  return `cache:record:${connection}:${stream}:${record}`;
}

/** STRING: JSON of the connection's last cycle: see `ConnectionCycle`. */
export function connectionKey(connection: string): string {
  return `tidemark:connection:${connection}`;
}

/**
 * Internal. HASH: record id → stored stamp (`stored-stamp.ts`). Fields of its own begin with `#`: `#fence`, the highest
 * that has written the partition; `#count`; `#b0` to `#b63`, the digests; `#segments`; and what the meta key was last
 * told. One key, segments or not, so that a loss of stamps is a loss of the fence.
 */
export function stampsKey(key: PartitionKey): string {
  return `tidemark:stamps:${key.connection}:${key.stream}:${key.partition}`;
}

/** Internal. The field of a bucket's digest (`digest.ts`) in the stamps hash. */
export function bucketField(bucket: number): string {
  return `#b${bucket}`;
}

/** Internal. SET: record ids a full has seen so far, and `#begun`. */
export function scanKey(key: PartitionKey, run: string): string {
  return `tidemark:scan:${key.connection}:${key.stream}:${key.partition}:${run}`;
}

/**
 * Internal. HASH: what a sweep of a stream saw, `{page}:{partition}` → versions, and `{page}` for each page that was
 * remembered.
 */
export function sweepKey(key: StreamKey, run: string): string {
  return `tidemark:sweep:${key.connection}:${key.stream}:${run}`;
}

/** The layout of a stream that names none: the one that is published. */
export const CACHE_LAYOUT = 1;

/** The layout of one stream's partitions: what the readers and the writers must agree on. */
export interface StreamLayout {
  readonly partitionKind: string;
  readonly locators: boolean;
  /** Under which of its names the records are. All other keys have one name in every version. */
  readonly version: number;
  /** Whether its records name a segment: each is kept under a key of that segment. */
  readonly segmented?: boolean;
}

/** What stands for the key of a partition itself, among those of its segments. */
export const NO_SEGMENT = '';

const BETWEEN_SEGMENTS = ',';

/** Reads the names of a partition's segments, sorted, as they stand in its meta: `2025-01,2025-02`. One may be empty. */
export function parseSegments(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(BETWEEN_SEGMENTS);
}

/** Writes what `parseSegments` reads. */
export function formatSegments(segments: Iterable<string>): string {
  return [...new Set(segments)]
    .filter((segment) => segment !== NO_SEGMENT)
    .toSorted()
    .join(BETWEEN_SEGMENTS);
}

/**
 * The records of a partition, or of a segment of it, in one version of its layout; `meta` says which version counts for
 * readers.
 */
export function versionedRecordsKey(
  key: Pick<PartitionKey, 'stream' | 'partition'>,
  layout: Pick<StreamLayout, 'partitionKind' | 'version'>,
  segment = NO_SEGMENT,
): string {
  const parts = [layout.version === CACHE_LAYOUT ? '' : `v${layout.version}`, segment].filter((part) => part !== '');
  return recordsKey(layout.partitionKind, key.partition, key.stream, parts.length === 0 ? undefined : parts.join(':'));
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

/** Reads what `connectionKey` holds; `undefined` when the text is anything else. */
export function parseConnectionCycle(text: string): ConnectionCycle | undefined {
  const value = parseObject(text);
  if (value === undefined || typeof value.cycle !== 'number' || typeof value.at !== 'string') return undefined;
  const streams: Record<string, ConnectionCycle['streams'][string]> = {};
  for (const [name, entry] of Object.entries(asObject(value.streams) ?? {})) {
    const stream = asObject(entry);
    if (stream === undefined) return undefined;
    const pending = Object.entries(asObject(stream.pending) ?? {});
    streams[name] = {
      ...(typeof stream.watermark === 'string' ? { watermark: stream.watermark } : {}),
      loaded: stream.loaded === true,
      pending: Object.fromEntries(pending.filter((open): open is [string, number] => typeof open[1] === 'number')),
      more: stream.more === true,
    };
  }
  return { cycle: value.cycle, at: value.at, streams };
}

/** Where a record is, or, with `gone`, was last. */
export interface Locator {
  readonly partition: string;
  readonly stamp: string;
  /** Which part of the partition it is kept in; absent where that has no segments. */
  readonly segment?: string;
  readonly gone?: Instant;
}

/** Reads what `locatorKey` holds; `undefined` when the text is anything else. */
export function parseLocator(text: string): Locator | undefined {
  const value = parseObject(text);
  const [partition, stamp] = [value?.partition, value?.stamp];
  if (typeof partition !== 'string' || typeof stamp !== 'string') return undefined;
  const gone = typeof value?.gone === 'string' ? parseIsoInstant(value.gone) : undefined;
  const segment = typeof value?.segment === 'string' ? { segment: value.segment } : {};
  return { partition, stamp, ...segment, ...(gone === undefined ? {} : { gone }) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
