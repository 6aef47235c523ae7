import { stampsKey } from '../../domain/cache-layout.ts';
import { partitionKey, type StreamKey } from '../../domain/names.ts';
import type { RedisClient } from './redis-client.ts';
import { scanReply } from './redis-scan.ts';

/** Keys looked at by one command. */
const SCAN_COUNT = '5000';

export interface HeldPartitions {
  readonly partitions: readonly string[];
  readonly next?: string;
}

/**
 * One page of the partitions whose stamps the cache holds. Keys that applications read do not name their connection, so
 * what has lost its stamps is told by nobody: another connection's partition must not pass for one that nobody keeps.
 */
export async function findPartitions(client: RedisClient, stream: StreamKey, cursor = '0'): Promise<HeldPartitions> {
  const prefix = stampsKey(partitionKey(stream, ''));
  const pattern = `${prefix.replace(/[*?[\]\\^]/g, '\\$&')}*`;
  const [next, keys] = scanReply(await client.send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT]), 'SCAN');
  return { partitions: keys.map((key) => key.slice(prefix.length)), ...(next === '0' ? {} : { next }) };
}
