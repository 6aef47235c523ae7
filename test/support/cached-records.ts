import {
  formatSegments,
  metaKey,
  NO_SEGMENT,
  parseSegments,
  stampsKey,
  versionedRecordsKey,
} from '../../lib/domain/cache-layout.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import type { InMemoryKeys } from '../fakes/in-memory-keys.ts';

/** The keys in which readers find the records of a partition: in the layout and the segments they were told of. */
export function recordKeys(keys: InMemoryKeys, partitionKind: string, key: PartitionKey): readonly string[] {
  const meta = keys.hash(metaKey(partitionKind, key.partition, key.stream));
  const own = keys.hash(stampsKey(key));
  const layout = { partitionKind, version: Number(meta.get('layout') ?? own.get('#layout') ?? 1) };
  const named = [meta.get('segments'), own.get('#segments')].flatMap(parseSegments);
  const segments = [NO_SEGMENT, ...parseSegments(formatSegments(named))];
  return segments.map((segment) => versionedRecordsKey(key, layout, segment));
}

/** What applications read of a partition: record id → exact text. */
export function cachedRecords(
  keys: InMemoryKeys,
  partitionKind: string,
  key: PartitionKey,
): ReadonlyMap<string, string> {
  const [first = '', ...others] = recordKeys(keys, partitionKind, key);
  if (others.length === 0) return keys.hash(first);
  return new Map([first, ...others].flatMap((name) => [...keys.hash(name)]));
}
