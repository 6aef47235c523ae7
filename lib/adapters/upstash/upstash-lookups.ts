import { type Locator, locatorKey, parseLocator, type StreamLayout } from '../../domain/cache-layout.ts';
import type { PartitionKey, StreamKey } from '../../domain/names.ts';
import type { CachedEntry, CacheLookups } from '../../ports/cache.ts';
import { inspectRecord } from './inspect-record.ts';
import type { RedisAccess } from './redis-access.ts';
import { unexpectedReply } from './redis-failure.ts';
import { countFound, segmentsOf } from './segment-keys.ts';

/** The cache entries in Upstash Redis, to be looked at: without the scripts that write them. */
export class UpstashLookups implements CacheLookups {
  readonly #redis: RedisAccess;

  constructor(redis: RedisAccess) {
    this.#redis = redis;
  }

  async count(key: PartitionKey, layout: StreamLayout): Promise<number> {
    return this.#redis.run(async (client) => countFound(client, key, layout, await segmentsOf(client, key, layout)));
  }

  async inspect(key: PartitionKey, layout: StreamLayout, record: string): Promise<CachedEntry> {
    return this.#redis.run((client) => inspectRecord(client, key, layout, record));
  }

  async locate(stream: StreamKey, record: string): Promise<Locator | undefined> {
    const key = locatorKey(stream.connection, stream.stream, record);
    const text = await this.#redis.run((client) => client.send(['GET', key]));
    if (text !== null && typeof text !== 'string') throw unexpectedReply('GET');
    return text === null ? undefined : parseLocator(text);
  }
}
