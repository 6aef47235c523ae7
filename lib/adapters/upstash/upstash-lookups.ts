import {
  type Locator,
  locatorKey,
  parseLocator,
  type StreamLayout,
  stampsKey,
  versionedRecordsKey,
} from '../../domain/cache-layout.ts';
import type { PartitionKey, StreamKey } from '../../domain/names.ts';
import { readStoredStamp } from '../../domain/stored-stamp.ts';
import type { CacheLookups } from '../../ports/cache.ts';
import type { CachedEntry, CachedRecord } from '../../ports/cache-entries.ts';
import { inspectRecord } from './inspect-record.ts';
import type { RedisAccess } from './redis-access.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { pairsOf, readFields, scanReply } from './redis-scan.ts';
import { sampleRecords } from './sample-records.ts';
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

  async sample(key: PartitionKey, layout: StreamLayout, most: number): Promise<readonly string[]> {
    return this.#redis.run((client) => sampleRecords(client, key, layout, most));
  }

  async locate(stream: StreamKey, record: string): Promise<Locator | undefined> {
    const key = locatorKey(stream.connection, stream.stream, record);
    const text = await this.#redis.run((client) => client.send(['GET', key]));
    if (text !== null && typeof text !== 'string') throw unexpectedReply('GET');
    return text === null ? undefined : parseLocator(text);
  }

  async locateAll(stream: StreamKey, records: readonly string[]): Promise<ReadonlyMap<string, Locator>> {
    if (records.length === 0) return new Map();
    const keys = records.map((record) => locatorKey(stream.connection, stream.stream, record));
    const texts = await this.#redis.run((client) => client.send(['MGET', ...keys]));
    if (!Array.isArray(texts) || texts.length !== records.length) throw unexpectedReply('MGET');
    const located = texts.map((text: unknown) => (typeof text === 'string' ? parseLocator(text) : undefined));
    return new Map(records.flatMap((record, index) => pairOf(record, located[index])));
  }

  async *pages(key: PartitionKey, layout: StreamLayout): AsyncGenerator<readonly CachedRecord[], void, void> {
    const segments = await this.#redis.run((client) => segmentsOf(client, key, layout));
    for (const segment of segments) {
      const records = versionedRecordsKey(key, layout, segment);
      for (let cursor: string | undefined = '0'; cursor !== undefined; ) {
        const at: string = cursor;
        const page = await this.#redis.run((client) => readPage(client, key, records, at));
        yield page.records;
        cursor = page.next === '0' ? undefined : page.next;
      }
    }
  }
}

function pairOf(record: string, at: Locator | undefined): readonly (readonly [string, Locator])[] {
  return at === undefined ? [] : [[record, at]];
}

/** Entries that a page of a scan has, roughly. */
const PAGE_COUNT = 500;

async function readPage(client: RedisClient, key: PartitionKey, records: string, cursor: string) {
  const reply = await client.send(['HSCAN', records, cursor, 'COUNT', String(PAGE_COUNT)]);
  const [next, flat] = scanReply(reply, 'HSCAN');
  const pairs = [...pairsOf(flat)];
  const stamps =
    pairs.length === 0
      ? []
      : await readFields(
          client,
          stampsKey(key),
          pairs.map(([id]) => id),
        );
  const found = pairs.map(([id, body], index): CachedRecord => {
    const text = stamps[index];
    return { id, body, ...(text === undefined ? {} : { stored: readStoredStamp(text) }) };
  });
  return { next, records: found };
}
