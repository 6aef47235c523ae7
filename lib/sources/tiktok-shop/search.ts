import { SourceFailure } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import type { SearchPosition } from './search-position.ts';
import type { TikTokSettings } from './settings.ts';
import type { ApiAnswer, ApiRequest } from './shop-api.ts';
import type { Shop } from './shops.ts';
import type { ShopStream } from './streams.ts';

/** What fits our own cursor of at most 1 KB, where it takes no escapes. */
const PAGE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,700}$/;

/** A search of everything there is. */
export const EVERYTHING: SearchPosition = { paging: 'tokens', after: 'nothing', complete: true };

/** One page of a search. The body's text is what is signed and what is sent. */
export function searchRequest(
  stream: ShopStream,
  shop: Shop,
  position: SearchPosition,
  settings: TikTokSettings,
  filter: Readonly<Record<string, unknown>> = {},
): ApiRequest {
  const { from, before, token } = position;
  return {
    method: 'POST',
    path: stream.searchPath,
    list: stream.list,
    query: {
      shop_cipher: shop.cipher,
      page_size: String(settings.pageSize),
      ...(stream.sorted ? { sort_field: 'update_time', sort_order: 'ASC' } : {}),
      ...(token === undefined ? {} : { page_token: token }),
    },
    body: JSON.stringify({
      ...stream.filter(settings),
      ...filter,
      ...(from === undefined ? {} : { update_time_ge: from }),
      ...(before === undefined ? {} : stream.before(before)),
    }),
  };
}

export interface SearchFacts {
  readonly token?: string;
  readonly counted?: number;
}

/**
 * What a page says about the pages after it. Whether there are any is told by its token alone: a short page need not be
 * the last one.
 * @throws SourceFailure when it contradicts itself
 */
export function searchFacts(
  { data, elements }: Extract<ApiAnswer, { outcome: 'answered' }>,
  position: SearchPosition,
): SearchFacts {
  const next = ownField(data, 'next_page_token');
  const token = typeof next === 'number' ? String(next) : next;
  const total = ownField(data, 'total_count');
  const counted = typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : undefined;
  if (elements.length === 0 && position.token === undefined && (counted ?? 0) > 0) {
    throw new SourceFailure('source-malformed', 'TikTok Shop: records are counted and none are sent');
  }
  const facts = counted === undefined ? {} : { counted };
  if (typeof token !== 'string' || token === '') return facts;
  if (token === position.token) {
    throw new SourceFailure('source-malformed', 'TikTok Shop: the same page token came twice');
  }
  if (!PAGE_TOKEN.test(token)) throw new SourceFailure('source-malformed', 'TikTok Shop: the page token is unusable');
  return { ...facts, token };
}
