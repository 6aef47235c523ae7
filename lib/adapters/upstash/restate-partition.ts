import {
  bucketField,
  metaKey,
  NO_SEGMENT,
  type StreamLayout,
  stampsKey,
  versionedRecordsKey,
} from '../../domain/cache-layout.ts';
import { digestOf, formatBucket } from '../../domain/digest.ts';
import type { PartitionKey } from '../../domain/names.ts';
import type { StoredStamp } from '../../domain/stored-stamp.ts';
import type { Restated } from '../../ports/cache.ts';
import { partsOf } from './examine-partition.ts';
import { fenceArgument, LuaScript } from './lua-script.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { texts } from './redis-scan.ts';
import restate from './restate.lua';
import { readStamps } from './stored-stamps.ts';

const SCRIPT = new LuaScript(restate);
/** Lua unpacks fewer than 8,000 values. */
const DROPPED_AT_ONCE = 5_000;

/**
 * Takes count and digests anew from the stamps whose bodies are there, and drops the others. Only the holder of the
 * lease writes, so what is read under it holds until the script writes it; should the lease have gone to another, the
 * fence refuses. Counts are written last: a call that was broken off leaves digests that do not hold, and is repeated.
 */
export async function restatePartition(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  fence: number,
): Promise<Restated> {
  const stamps = await readStamps(client, key);
  const found = new Map<string, ReadonlySet<string>>();
  for (const segment of stamps.segments) {
    const bodies = versionedRecordsKey(key, layout, segment);
    found.set(segment, new Set(texts(await client.send(['HKEYS', bodies]), 'HKEYS')));
  }
  const isFound = ([id, { segment = NO_SEGMENT }]: readonly [string, StoredStamp]) =>
    found.get(segment)?.has(id) === true;
  const kept = new Map([...stamps.live].filter(isFound));
  const lost = [...stamps.live.keys()].filter((id) => !kept.has(id));
  const keys = [stampsKey(key), metaKey(layout.partitionKind, key.partition, key.stream)];
  let commands = stamps.commands + found.size;
  for (let start = 0; ; start += DROPPED_AT_ONCE) {
    const dropped = lost.slice(start, start + DROPPED_AT_ONCE);
    const last = start + DROPPED_AT_ONCE >= lost.length;
    const digests = last ? digestOf(partsOf(kept)).map(formatBucket) : [];
    const { reply, requests } = await SCRIPT.run(client, keys, [
      fenceArgument(fence),
      last ? String(kept.size) : '',
      String(dropped.length),
      ...dropped,
      ...digests.flatMap((digest, bucket) => [bucketField(bucket), digest]),
    ]);
    const [outcome, calls]: readonly unknown[] = Array.isArray(reply) ? reply : [];
    if (typeof calls !== 'number') throw unexpectedReply('EVAL');
    commands += requests + calls;
    if (outcome === 'fenced' || outcome === 'lost') return { outcome, commands };
    if (outcome !== 'restated') throw unexpectedReply('EVAL');
    if (last) return { outcome, count: kept.size, commands };
  }
}
