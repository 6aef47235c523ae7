import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type PartitionPage,
  type Source,
  SourceFailure,
  type SourcePage,
  type SourceQuery,
  type SweepQuery,
  type VersionPage,
} from '../../ports/source.ts';
import { sweepByReading } from '../kit/sweeps.ts';
import { readIdPage } from './read-by-ids.ts';
import { type DecodedRecord, decodeRecord, unreadable } from './record.ts';
import { searchFacts, searchRequest } from './search.ts';
import { readSearchPosition, type SearchPosition, writeSearchPosition } from './search-position.ts';
import { advance, beginSearch, resumeWithoutToken, type WalkRules } from './search-walk.ts';
import type { TikTokSettings } from './settings.ts';
import type { ApiAnswer, Served, ShopApi } from './shop-api.ts';
import type { Shop, Shops } from './shops.ts';
import type { SourceClock } from './source-clock.ts';
import { SHOP_STREAMS, type ShopStream, shopStream } from './streams.ts';

type Searched = Extract<ApiAnswer, { outcome: 'answered' }>;

export interface TikTokShopParts {
  readonly settings: TikTokSettings;
  readonly api: ShopApi;
  readonly shops: Shops;
  readonly clock: Clock;
  readonly sourceClock: SourceClock;
}

/** Reads orders and products of TikTok shops, each shop by itself, in order of update time where the vendor sorts. */
export class TikTokShopSource implements Source {
  readonly streams = SHOP_STREAMS.map(({ definition }) => definition);
  readonly #parts: TikTokShopParts;

  constructor(parts: TikTokShopParts) {
    this.#parts = parts;
  }

  async read(query: SourceQuery, cursor?: string): Promise<SourcePage> {
    const stream = shopStream(query.stream);
    if (query.ids !== undefined) return this.#readIds(stream, query.ids, cursor);
    const shop = await this.#shopOf(query.partition);
    const rules = { sorted: stream.sorted, paging: this.#parts.settings.paging };
    const begun = cursor === undefined ? this.#begin(query.since, rules) : readSearchPosition(cursor);
    const { position, answer } = await this.#search(stream, shop, begun);
    const decoded = answer.elements.map((text) => decodeRecord(text, this.#parts.shops.partitionOf(shop), stream));
    const page = {
      ...searchFacts(answer, position),
      updated: decoded.flatMap(updatedSecond),
      servedAt: answer.servedAt,
    };
    const isFirst = cursor === undefined;
    const next = advance(position, page, { isFirst, sourceNow: this.#parts.sourceClock.now(), rules });
    const total = position.total ?? page.counted;
    return {
      ...pageOf(decoded, answer),
      ...(total === undefined ? {} : { total }),
      ...(next === undefined ? {} : { next: writeSearchPosition(next) }),
    };
  }

  /** The vendor cannot leave contents out. */
  sweep(query: SweepQuery, cursor?: string): Promise<VersionPage> {
    return sweepByReading(this, query, cursor);
  }

  async listPartitions(stream: string): Promise<PartitionPage> {
    shopStream(stream);
    return { partitions: await this.#parts.shops.list() };
  }

  isPartitionId(stream: string, text: string): boolean {
    const isStream = this.streams.some(({ name }) => name === stream);
    return isStream && this.#parts.shops.isPartitionId(text);
  }

  #begin(since: Instant | undefined, rules: WalkRules): SearchPosition {
    return beginSearch(since, this.#parts.sourceClock.now(), rules);
  }

  async #shopOf(partition: string | undefined): Promise<Shop> {
    if (partition !== undefined) return this.#parts.shops.of(partition);
    throw new SourceFailure('source-misconfigured', 'TikTok Shop: a shop must be named, each is read by itself');
  }

  /** A page, from the last update time that was reached if the page token is no longer good. */
  async #search(stream: ShopStream, shop: Shop, position: SearchPosition) {
    const { api, settings } = this.#parts;
    const answer = await api.call(searchRequest(stream, shop, position, settings));
    if (answer.outcome === 'answered') return { position, answer };
    const resumed = resumeWithoutToken(position);
    const second = resumed && (await api.call(searchRequest(stream, shop, resumed, settings)));
    if (resumed !== undefined && second?.outcome === 'answered') return { position: resumed, answer: second };
    throw new SourceFailure('source-cursor-expired', 'TikTok Shop: the page token is no longer good');
  }

  async #readIds(stream: ShopStream, ids: readonly string[], cursor: string | undefined): Promise<SourcePage> {
    const { api, settings, shops } = this.#parts;
    const page = await readIdPage(stream, ids, cursor, { api, settings, shops: await shops.all() });
    const decoded = page.found.map(({ text, shop, asSearched }) => {
      return asSearched ? decodeRecord(text, shops.partitionOf(shop), stream) : unreadable(text);
    });
    return { ...pageOf(decoded, page), ...(page.next === undefined ? {} : { next: page.next }) };
  }
}

function pageOf(decoded: readonly DecodedRecord[], { servedAt, order }: Served | Searched): SourcePage {
  const removed = decoded.flatMap((item) => (item.outcome === 'removed' ? [item.removed] : []));
  return {
    records: decoded.flatMap((item) => (item.outcome === 'record' ? [item.record] : [])),
    rejected: decoded.flatMap((item) => (item.outcome === 'rejected' ? [item.rejected] : [])),
    ...(removed.length === 0 ? {} : { removed }),
    servedAt,
    order,
  };
}

function updatedSecond(item: DecodedRecord): readonly number[] {
  switch (item.outcome) {
    case 'record':
      return [item.record.modified / 1_000];
    case 'removed':
      return [item.removed.modified / 1_000];
    case 'rejected':
      return [];
  }
}
