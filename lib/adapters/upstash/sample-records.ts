import { type StreamLayout, stampsKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import { BUCKETS } from '../../domain/digest.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { isTombstone, readStoredStamp } from '../../domain/stored-stamp.ts';
import type { RedisClient } from './redis-client.ts';
import { pairsOf, texts } from './redis-scan.ts';

/** Buckets, and fewer than a dozen others. */
const OWN_FIELDS_AT_MOST = BUCKETS + 12;

/** Ids of a few records, chosen by chance. With segments, from among the stamps: those of all segments are in one key. */
export async function sampleRecords(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  most: number,
): Promise<readonly string[]> {
  if (layout.segmented !== true) {
    const command = ['HRANDFIELD', versionedRecordsKey(key, layout), String(most)] as const;
    return texts(await client.send(command), 'HRANDFIELD');
  }
  // Beside the stamps there are fields of the partition's own: all of these and as many more may be drawn.
  const drawn = ['HRANDFIELD', stampsKey(key), String(most + OWN_FIELDS_AT_MOST), 'WITHVALUES'] as const;
  const pairs = [...pairsOf(texts(await client.send(drawn), 'HRANDFIELD'))];
  const live = pairs.filter(([id, text]) => !id.startsWith('#') && !isTombstone(readStoredStamp(text)));
  return live.slice(0, most).map(([id]) => id);
}
