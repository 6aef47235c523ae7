import {
  CACHE_LAYOUT,
  connectionKey,
  type Locator,
  locatorKey,
  metaKey,
  NO_SEGMENT,
  parseConnectionCycle,
  parseLocator,
  parseSegments,
  stampsKey,
  versionedRecordsKey,
} from '../domain/cache-layout.ts';
import type { StreamKey } from '../domain/names.ts';
import { isTombstone, readStoredStamp } from '../domain/stored-stamp.ts';
import { CachedRecord } from './cached-record.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import { type RawRedis, type ReaderAccess, ReaderRedis } from './reader-redis.ts';

/** A stream as it stands in the cache. */
export interface CachedStream extends StreamKey {
  /** What its partitions are called: `event`, `organization`, `shop`, `location`. */
  readonly partitionKind: string;
}

/** Under which names the records of a partition are. */
interface Place {
  readonly layout: number;
  /** `NO_SEGMENT` first: records come from there into segments, never back. */
  readonly segments: readonly string[];
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
 * Where a stream has segments, none of them shows. A partition that readers were told nothing of costs one command more.
 * Every method throws `ReaderFailure` when the cache does not answer or is not what it should be.
 */
export class TidemarkReader {
  readonly #redis: ReaderRedis;
  /** Streams that were found to have segments. */
  readonly #segmented = new Set<string>();

  /** @param access where the cache is, or a client of `@upstash/redis` made with `automaticDeserialization: false` */
  constructor(access: ReaderAccess | RawRedis) {
    this.#redis = new ReaderRedis(access);
  }

  /**
   * One record of a partition; `undefined` when it is not there. One command in layout 1, and one more for a record
   * that is not there; three in any other. (What the first layout holds may be read without asking which one counts: it is
   * dropped in the moment in which readers are told of another.) Two where the stream has segments, the first time four.
   */
  async get(stream: CachedStream, partition: string, id: string): Promise<CachedRecord | undefined> {
    if (this.#segmented.has(nameOf(stream))) return this.#getSegmented(stream, partition, id);
    const raw = await this.#redis.text('HGET', recordsOf(stream, partition, CACHE_LAYOUT), id);
    if (raw !== undefined) return new CachedRecord(partition, id, raw);
    const { layout } = await this.#placeOf(stream, partition);
    if (this.#segmented.has(nameOf(stream))) return this.#getSegmented(stream, partition, id);
    return layout === CACHE_LAYOUT ? undefined : this.#getFrom(stream, partition, layout, NO_SEGMENT, id);
  }

  /**
   * One record by its id alone, wherever it is now; only for streams whose records have locators. One command more than
   * `get`, one in all for a record that is gone, and two for one that is in a segment.
   */
  async getById(stream: CachedStream, id: string): Promise<CachedRecord | undefined> {
    const at = await this.#locate(stream, id);
    if (at === undefined) return undefined;
    const record = await this.#getAt(stream, at, id);
    if (record !== undefined) return record;
    // It may have moved between the two reads.
    const now = await this.#locate(stream, id);
    return now === undefined || now.partition === at.partition ? undefined : this.#getAt(stream, now, id);
  }

  /**
   * All records of a partition, page by page, in no order, each once. A record that is written or removed meanwhile may
   * or may not be among them; every other one is. Two commands besides those for the pages, of each segment.
   */
  async *list(stream: CachedStream, partition: string): AsyncGenerator<CachedRecord, void, void> {
    const listed = new Set<string>();
    let place = await this.#placeOf(stream, partition);
    for (;;) {
      for (const key of keysOf(stream, partition, place)) {
        for await (const [id, raw] of this.#pairs(key)) {
          if (listed.has(id)) continue;
          listed.add(id);
          yield new CachedRecord(partition, id, raw);
        }
      }
      // A layout that was left meanwhile ends early: what is missing is in the one that took its place.
      const now = await this.#placeOf(stream, partition);
      if (isSame(now, place)) return;
      place = now;
    }
  }

  /**
   * All records of a partition as they stand at one moment; with segments, those of each. Two commands (one more for an
   * empty partition, and with segments one for each and one more), and one answer: for small partitions.
   */
  async snapshot(stream: CachedStream, partition: string): Promise<readonly CachedRecord[]> {
    let place = await this.#placeOf(stream, partition);
    for (;;) {
      const found = new Map<string, string>();
      for (const key of keysOf(stream, partition, place)) {
        for (const [id, raw] of pairsOf(await this.#redis.texts('HGETALL', key))) found.set(id, raw);
      }
      const atOnce = found.size > 0 && place.segments.length === 1;
      const now = atOnce ? place : await this.#placeOf(stream, partition);
      if (isSame(now, place)) return Array.from(found, ([id, raw]) => new CachedRecord(partition, id, raw));
      place = now;
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

  async #placeOf(stream: CachedStream, partition: string): Promise<Place> {
    let [layout, segments] = await this.#redis.fields(metaOf(stream, partition), ['layout', 'segments']);
    // What readers are told may be lost while the records are not.
    if (layout === undefined) {
      [layout, segments] = await this.#redis.fields(stampsKey({ ...stream, partition }), ['#layout', '#segments']);
    }
    if (segments !== undefined) this.#segmented.add(nameOf(stream));
    return {
      layout: layout === undefined ? CACHE_LAYOUT : Number(layout),
      segments: [NO_SEGMENT, ...parseSegments(segments)],
    };
  }

  async #getAt(stream: CachedStream, at: Locator, id: string): Promise<CachedRecord | undefined> {
    if (at.segment === undefined) return this.get(stream, at.partition, id);
    return this.#getIn(stream, at.partition, at.segment, id);
  }

  /** The stamp tells in which segment the record is. Where stamps are lost, each is looked into. */
  async #getSegmented(stream: CachedStream, partition: string, id: string): Promise<CachedRecord | undefined> {
    const [fence, text] = await this.#redis.fields(stampsKey({ ...stream, partition }), ['#fence', id]);
    if (text !== undefined) {
      const stored = readStoredStamp(text);
      return isTombstone(stored) ? undefined : this.#getIn(stream, partition, stored.segment ?? NO_SEGMENT, id);
    }
    if (fence !== undefined) return undefined;
    const { layout, segments } = await this.#placeOf(stream, partition);
    for (const segment of segments) {
      const found = await this.#getFrom(stream, partition, layout, segment, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #getIn(
    stream: CachedStream,
    partition: string,
    segment: string,
    id: string,
  ): Promise<CachedRecord | undefined> {
    const raw = await this.#redis.text('HGET', recordsOf(stream, partition, CACHE_LAYOUT, segment), id);
    if (raw !== undefined) return new CachedRecord(partition, id, raw);
    const { layout } = await this.#placeOf(stream, partition);
    return layout === CACHE_LAYOUT ? undefined : this.#getFrom(stream, partition, layout, segment, id);
  }

  async #getFrom(
    stream: CachedStream,
    partition: string,
    layout: number,
    segment: string,
    id: string,
  ): Promise<CachedRecord | undefined> {
    const raw = await this.#redis.text('HGET', recordsOf(stream, partition, layout, segment), id);
    if (raw !== undefined) return new CachedRecord(partition, id, raw);
    // The layout may have been left between the two reads.
    const { layout: now } = await this.#placeOf(stream, partition);
    return now === layout ? undefined : this.#getFrom(stream, partition, now, segment, id);
  }

  async *#pairs(key: string): AsyncGenerator<readonly [id: string, raw: string], void, void> {
    let cursor = '0';
    do {
      const [next, found] = await this.#redis.scan('HSCAN', key, cursor, 'COUNT', PAGE);
      yield* pairsOf(found);
      cursor = next;
    } while (cursor !== '0');
  }

  async #locate(stream: CachedStream, id: string): Promise<Locator | undefined> {
    const text = await this.#redis.text('GET', locatorKey(stream.connection, stream.stream, id));
    const at = text === undefined ? undefined : parseLocator(text);
    return at?.gone === undefined ? at : undefined;
  }
}

function recordsOf(stream: CachedStream, partition: string, version: number, segment = NO_SEGMENT): string {
  const { partitionKind } = stream;
  return versionedRecordsKey({ ...stream, partition }, { partitionKind, version }, segment);
}

function keysOf(stream: CachedStream, partition: string, { layout, segments }: Place): readonly string[] {
  return segments.map((segment) => recordsOf(stream, partition, layout, segment));
}

function isSame(a: Place, b: Place): boolean {
  return a.layout === b.layout && a.segments.join() === b.segments.join();
}

function nameOf({ connection, stream }: CachedStream): string {
  return `${connection}:${stream}`;
}

function metaOf(stream: CachedStream, partition: string): string {
  return metaKey(stream.partitionKind, partition, stream.stream);
}

function pairsOf(flat: readonly string[]): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return pairs;
}
