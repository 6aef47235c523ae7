import {
  locatorKey,
  parseLocator,
  type StreamLayout,
  stampsKey,
  versionedRecordsKey,
} from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { readStoredStamp } from '../../domain/stored-stamp.ts';
import type { CachedEntry } from '../../ports/cache.ts';
import { damageOf } from './examine-partition.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';

/** All that the cache holds about one record in one partition, at one moment. */
export async function inspectRecord(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  record: string,
): Promise<CachedEntry> {
  const locator = ['GET', locatorKey(key.connection, key.stream, record)] as const;
  const replies = await client.readTogether([
    ['HGET', stampsKey(key), record],
    ['HGET', versionedRecordsKey(key, layout), record],
    ...(layout.locators ? [locator] : []),
  ]);
  const [stamp, body, located] = replies.map(asText);
  const stored = stamp === undefined ? undefined : readStoredStamp(stamp);
  const at = located === undefined ? undefined : parseLocator(located);
  return {
    ...(stored === undefined ? {} : { stored }),
    body: body === undefined ? 'absent' : damageOf(stored, body) === undefined ? 'intact' : 'altered',
    ...(at === undefined ? {} : { locator: at }),
  };
}

function asText(reply: unknown): string | undefined {
  if (reply === null) return undefined;
  if (typeof reply !== 'string') throw unexpectedReply('EXEC');
  return reply;
}
