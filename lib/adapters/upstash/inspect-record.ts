import {
  locatorKey,
  NO_SEGMENT,
  parseLocator,
  type StreamLayout,
  stampsKey,
  versionedRecordsKey,
} from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { isTombstone, readStoredStamp, type StoredStamp } from '../../domain/stored-stamp.ts';
import type { CachedEntry } from '../../ports/cache-entries.ts';
import { damageOf } from './examine-partition.ts';
import type { RedisClient, SingleRead } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { segmentsOf } from './segment-keys.ts';

/** All that the cache holds about one record in one partition; at one moment, where that has no segments. */
export async function inspectRecord(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  record: string,
): Promise<CachedEntry> {
  const bodyIn = (segment: string) => ['HGET', versionedRecordsKey(key, layout, segment), record] as const;
  const [stamp, located, whole] = await readTexts(client, [
    ['HGET', stampsKey(key), record],
    layout.locators ? ['GET', locatorKey(key.connection, key.stream, record)] : undefined,
    layout.segmented === true ? undefined : bodyIn(NO_SEGMENT),
  ]);
  const stored = stamp === undefined ? undefined : readStoredStamp(stamp);
  const body =
    layout.segmented === true
      ? (await readTexts(client, (await placesOf(client, key, layout, stored)).map(bodyIn))).find(isText)
      : whole;
  const at = located === undefined ? undefined : parseLocator(located);
  return {
    ...(stored === undefined ? {} : { stored }),
    body: body === undefined ? 'absent' : damageOf(stored, body) === undefined ? 'intact' : 'altered',
    ...(at === undefined ? {} : { locator: at }),
  };
}

/** Where its body is to be looked for: in every segment, where no stamp tells in which. */
async function placesOf(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  stored: StoredStamp | undefined,
): Promise<readonly string[]> {
  if (stored === undefined || isTombstone(stored)) return segmentsOf(client, key, layout);
  return [stored.segment ?? NO_SEGMENT];
}

/** What each read finds, at one moment. */
async function readTexts(
  client: RedisClient,
  reads: readonly (SingleRead | undefined)[],
): Promise<readonly (string | undefined)[]> {
  const replies = [...(await client.readTogether(reads.filter((read) => read !== undefined)))];
  return reads.map((read) => (read === undefined ? undefined : asText(replies.shift())));
}

function asText(reply: unknown): string | undefined {
  if (reply === null) return undefined;
  if (typeof reply !== 'string') throw unexpectedReply('EXEC');
  return reply;
}

function isText(text: string | undefined): boolean {
  return text !== undefined;
}
