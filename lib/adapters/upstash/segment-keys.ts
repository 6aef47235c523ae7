import {
  formatSegments,
  metaKey,
  NO_SEGMENT,
  parseSegments,
  type StreamLayout,
  stampsKey,
  versionedRecordsKey,
} from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { integer, readFields } from './redis-scan.ts';

/** Commands that looking for a partition's segments takes. */
export const LOOKED = 2;

/**
 * The segments that a partition may have records in, `NO_SEGMENT` first: by what it keeps about itself, and by what readers
 * were told, since either may be lost while the records are not. No command where the stream has no segments.
 */
export async function segmentsOf(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
): Promise<readonly string[]> {
  if (layout.segmented !== true) return [NO_SEGMENT];
  const [kept, told] = await client.readTogether([
    ['HGET', stampsKey(key), '#segments'],
    ['HGET', metaKey(layout.partitionKind, key.partition, key.stream), 'segments'],
  ]);
  const texts = [kept, told].filter((text) => typeof text === 'string');
  return withNone(formatSegments(texts.flatMap(parseSegments)));
}

/** As readers were told of them. One command. */
export async function toldSegments(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
): Promise<readonly string[]> {
  const meta = metaKey(layout.partitionKind, key.partition, key.stream);
  const [told] = await readFields(client, meta, ['segments']);
  return withNone(told);
}

/** What a field of segments says, `NO_SEGMENT` first. */
export function withNone(told: string | undefined): readonly string[] {
  return [NO_SEGMENT, ...parseSegments(told)];
}

/** How many records readers find in these segments, at one moment. A command each. */
export async function countFound(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  segments: readonly string[],
): Promise<number> {
  const [first = '', ...others] = segments.map((segment) => versionedRecordsKey(key, layout, segment));
  if (others.length === 0) return integer(client, 'HLEN', first);
  const counts = await client.readTogether([first, ...others].map((name) => ['HLEN', name] as const));
  return counts.reduce<number>((sum, count) => {
    if (typeof count !== 'number') throw unexpectedReply('EXEC');
    return sum + count;
  }, 0);
}
