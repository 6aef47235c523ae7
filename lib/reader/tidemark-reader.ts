import {
  CACHE_LAYOUT,
  connectionKey,
  locatorKey,
  metaKey,
  parseConnectionCycle,
  parseLocator,
  versionedRecordsKey,
} from '../domain/cache-layout.ts';
import type { StreamKey } from '../domain/names.ts';
import { CachedRecord } from './cached-record.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import { type RawRedis, type ReaderAccess, ReaderRedis } from './reader-redis.ts';

/** A stream as it stands in the cache. */
export interface CachedStream extends StreamKey {
  /** What its partitions are called: `event`, `organization`, `shop`, `location`. */
  readonly partitionKind: string;
}

/** Records asked for at a time while listing. */
const PAGE = '500';

/**
 * Reads what Tidemark keeps. Each answer is the newest the cache holds; none needs the source.
 *
 * ```ts
 * const reader = new TidemarkReader({ url, token });
 * const registrations = { connection: 'main', stream: 'registrations', partitionKind: 'event' };
 * const one = await reader.get(registrations, '4433256000013547003', '4433256000013550001');
 * for await (const record of reader.list(registrations, '4433256000013547003')) console.log(record.id);
 * ```
 *
 * Every method throws `ReaderFailure` when the cache does not answer or is not what it should be.
 */
export class TidemarkReader {
  readonly #redis: ReaderRedis;

  /** @param access where the cache is, or a client of `@upstash/redis` made with `automaticDeserialization: false` */
  constructor(access: ReaderAccess | RawRedis) {
    this.#redis = new ReaderRedis(access);
  }

  /**
   * One record of a partition; `undefined` when it is not there. One command in layout 1, and one more for a record
   * that is not there; three in any other. (What the first layout holds may be read without asking which one counts: it is
   * dropped in the moment in which readers are told of another.)
   */
  async get(stream: CachedStream, partition: string, id: string): Promise<CachedRecord | undefined> {
    const raw = await this.#redis.text('HGET', recordsOf(stream, partition, CACHE_LAYOUT), id);
    if (raw !== undefined) return new CachedRecord(partition, id, raw);
    const layout = await this.#layoutOf(stream, partition);
    return layout === CACHE_LAYOUT ? undefined : this.#getFrom(stream, partition, layout, id);
  }

  /**
   * One record by its id alone, wherever it is now; only for streams whose records have locators. One command more than
   * `get`, and one in all for a record that is gone.
   */
  async getById(stream: CachedStream, id: string): Promise<CachedRecord | undefined> {
    const partition = await this.#locate(stream, id);
    if (partition === undefined) return undefined;
    const record = await this.get(stream, partition, id);
    if (record !== undefined) return record;
    // It may have moved between the two reads.
    const now = await this.#locate(stream, id);
    return now === undefined || now === partition ? undefined : this.get(stream, now, id);
  }

  /**
   * All records of a partition, page by page, in no order, each once. A record that is written or removed meanwhile may
   * or may not be among them; every other one is. Two commands besides those for the pages.
   */
  async *list(stream: CachedStream, partition: string): AsyncGenerator<CachedRecord, void, void> {
    const listed = new Set<string>();
    let layout = await this.#layoutOf(stream, partition);
    for (;;) {
      for await (const [id, raw] of this.#pairs(recordsOf(stream, partition, layout))) {
        if (listed.has(id)) continue;
        listed.add(id);
        yield new CachedRecord(partition, id, raw);
      }
      // A layout that was left meanwhile ends early: what is missing is in the one that took its place.
      const now = await this.#layoutOf(stream, partition);
      if (now === layout) return;
      layout = now;
    }
  }

  /**
   * All records of a partition as they stand at one moment. Two commands (and one more for an empty partition), and one
   * answer: for small partitions.
   */
  async snapshot(stream: CachedStream, partition: string): Promise<readonly CachedRecord[]> {
    let layout = await this.#layoutOf(stream, partition);
    for (;;) {
      const found = pairsOf(await this.#redis.texts('HGETALL', recordsOf(stream, partition, layout)));
      const now = found.length > 0 ? layout : await this.#layoutOf(stream, partition);
      if (now === layout) return found.map(([id, raw]) => new CachedRecord(partition, id, raw));
      layout = now;
    }
  }

  /** How many records a partition has; `undefined` when the cache does not know the partition. One command. */
  async count(stream: CachedStream, partition: string): Promise<number | undefined> {
    const count = await this.#redis.text('HGET', metaOf(stream, partition), 'count');
    return count === undefined ? undefined : Number(count);
  }

  /** How far the cache is to be believed; `undefined` when it does not know the partition. Two commands. */
  async freshness(stream: CachedStream, partition: string): Promise<Freshness | undefined> {
    const [meta, cycle] = await Promise.all([
      this.#redis.texts('HGETALL', metaOf(stream, partition)),
      this.#redis.text('GET', connectionKey(stream.connection)),
    ]);
    if (meta.length === 0) return undefined;
    const published = cycle === undefined ? undefined : parseConnectionCycle(cycle);
    return freshnessOf(stream.stream, partition, new Map(pairsOf(meta)), published);
  }

  async #layoutOf(stream: CachedStream, partition: string): Promise<number> {
    const told = await this.#redis.text('HGET', metaOf(stream, partition), 'layout');
    return told === undefined ? CACHE_LAYOUT : Number(told);
  }

  async #getFrom(
    stream: CachedStream,
    partition: string,
    layout: number,
    id: string,
  ): Promise<CachedRecord | undefined> {
    const raw = await this.#redis.text('HGET', recordsOf(stream, partition, layout), id);
    if (raw !== undefined) return new CachedRecord(partition, id, raw);
    // The layout may have been left between the two reads.
    const now = await this.#layoutOf(stream, partition);
    return now === layout ? undefined : this.#getFrom(stream, partition, now, id);
  }

  async *#pairs(key: string): AsyncGenerator<readonly [id: string, raw: string], void, void> {
    let cursor = '0';
    do {
      const [next, found] = await this.#redis.scan('HSCAN', key, cursor, 'COUNT', PAGE);
      yield* pairsOf(found);
      cursor = next;
    } while (cursor !== '0');
  }

  async #locate(stream: CachedStream, id: string): Promise<string | undefined> {
    const text = await this.#redis.text('GET', locatorKey(stream.connection, stream.stream, id));
    const at = text === undefined ? undefined : parseLocator(text);
    return at?.gone === undefined ? at?.partition : undefined;
  }
}

function recordsOf(stream: CachedStream, partition: string, version: number): string {
  const { partitionKind } = stream;
  return versionedRecordsKey({ ...stream, partition }, { partitionKind, version });
}

function metaOf(stream: CachedStream, partition: string): string {
  return metaKey(stream.partitionKind, partition, stream.stream);
}

function pairsOf(flat: readonly string[]): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return pairs;
}
