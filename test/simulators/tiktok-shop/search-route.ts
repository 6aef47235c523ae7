import { type Answer, dataAnswer, refusal } from './answer.ts';
import type { PageState } from './page-tokens.ts';
import type { Row } from './rows.ts';
import type { Search } from './shop-table.ts';
import type { SimulatedShop, StreamName, TikTokAccount } from './tiktok-account.ts';

export interface SearchCall {
  readonly stream: StreamName;
  readonly shop: SimulatedShop;
  readonly query: URLSearchParams;
  readonly body: string;
}

interface BodyFields {
  readonly [name: string]: unknown;
}

/** Names that a body may have: any other is refused, so that a filter that filters nothing is noticed. */
const FILTERS: Readonly<Record<StreamName, ReadonlySet<string>>> = {
  orders: new Set(['create_time_ge', 'create_time_lt', 'update_time_ge', 'update_time_lt', 'order_status']),
  products: new Set(['create_time_ge', 'create_time_le', 'update_time_ge', 'update_time_le', 'status', 'seller_skus']),
};

/** Answers `POST …/orders/search` and `POST …/products/search`. */
export function answerSearch(account: TikTokAccount, call: SearchCall): Answer {
  const refused = (message: string): Answer => refusal(36009004, message, 400, account.behaviour);
  const { stream, query } = call;
  const fields = parseBody(call.body);
  if (fields === undefined) return refusal(36009022, 'The body is invalid.', 400, account.behaviour);
  const unknown = Object.keys(fields).find((name) => !FILTERS[stream].has(name));
  if (unknown !== undefined) return refused(`Unexpected parameter ${unknown}.`);
  const size = Number(query.get('page_size') ?? '20');
  if (!Number.isInteger(size) || size < 1 || size > 100) return refused('Invalid page_size, must be within [1,100].');
  const search = searchOf(stream, query, fields);
  if (search === undefined) return refused('Invalid sort or time.');
  const token = query.get('page_token') ?? '';
  const key = keyOf(call);
  const lifetimeMs = account.behaviour.pageTokenLifetimeMs;
  const state = token === '' ? undefined : account.pageTokens.find(token, key, account.trueMs, lifetimeMs);
  if (token !== '' && state === undefined) return refused('Invalid page_token.');
  return servePage(account, call, { search, size: Math.min(size, account.behaviour.mostPerPage), state, key });
}

interface Asked {
  readonly search: Search;
  readonly size: number;
  readonly state: PageState | undefined;
  readonly key: string;
}

function servePage(account: TikTokAccount, { stream, shop }: SearchCall, { search, size, state, key }: Asked): Answer {
  const found = shop[stream].search(search, account.trueMs - account.behaviour.indexLagMs);
  const skipped = state?.skipped ?? 0;
  const counts = account.behaviour.pageTokens === 'count-rows';
  const rows = counts ? found.skipping(skipped, size + 1) : found.after(state?.after, size + 1);
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const next =
    rows.length > size && last !== undefined
      ? account.pageTokens.issue({ query: key, after: placeOf(last, search), skipped: skipped + size }, account.trueMs)
      : '';
  const texts = page.map(({ text }) => text).join(',');
  return dataAnswer(`{"next_page_token":"${next}","total_count":${found.count},"${stream}":[${texts}]}`, page.length);
}

function placeOf({ id, updated, created }: Row, { sortBy }: Search) {
  return { id, updated: sortBy === 'update_time' ? updated : created };
}

function searchOf(stream: StreamName, query: URLSearchParams, fields: BodyFields): Search | undefined {
  const isOrders = stream === 'orders';
  const sortBy = query.get('sort_field') ?? 'create_time';
  const order = query.get('sort_order') ?? 'DESC';
  if (sortBy !== 'create_time' && sortBy !== 'update_time') return undefined;
  if (order !== 'ASC' && order !== 'DESC') return undefined;
  const status = fields[isOrders ? 'order_status' : 'status'];
  const times = {
    from: fields.update_time_ge,
    // What products take is inclusive.
    before: isOrders ? fields.update_time_lt : afterSecond(fields.update_time_le),
    createdFrom: fields.create_time_ge,
    createdBefore: isOrders ? fields.create_time_lt : afterSecond(fields.create_time_le),
  };
  const seconds = Object.entries(times).filter(([, value]) => value !== undefined);
  if (!seconds.every(([, value]) => Number.isSafeInteger(value))) return undefined;
  return {
    ...Object.fromEntries(seconds),
    ...(typeof status === 'string' && status !== 'ALL' ? { status } : {}),
    ...(Array.isArray(fields.seller_skus) ? { sku: String(fields.seller_skus[0]) } : {}),
    // Products cannot be sorted: they come in an order of their own.
    sortBy: isOrders ? sortBy : 'create_time',
    descending: isOrders ? order === 'DESC' : true,
  };
}

function afterSecond(value: unknown): unknown {
  return typeof value === 'number' ? value + 1 : value;
}

/** A token goes with its query: everything but itself and what changes with each call. */
function keyOf({ stream, shop, query, body }: SearchCall): string {
  const same = [...query]
    .filter(([name]) => !['page_token', 'sign', 'timestamp'].includes(name))
    .map((pair) => pair.join('='));
  return [stream, shop.id, ...same.toSorted(), body].join('&');
}

function parseBody(text: string): BodyFields | undefined {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
