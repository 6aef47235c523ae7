import * as z from 'zod/mini';
import { SourceFailure } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import { parseFields } from '../kit/reading.ts';
import { readId } from './fields.ts';
import { EVERYTHING, searchRequest } from './search.ts';
import { TIKTOK_ID, type TikTokSettings } from './settings.ts';
import type { Served, ShopApi } from './shop-api.ts';
import type { Shop } from './shops.ts';
import type { IdLookup, ShopStream } from './streams.ts';

export interface IdQueryParts {
  readonly api: ShopApi;
  readonly settings: TikTokSettings;
  readonly shops: readonly Shop[];
}

/** A record's text, and the shop that has it. */
export interface FoundText {
  readonly text: string;
  readonly shop: Shop;
  /** Whether it is in the form of the search. One in another form only shows that the record is there. */
  readonly asSearched: boolean;
}

export interface IdPage extends Served {
  readonly found: readonly FoundText[];
  /** Where to go on; absent on the last page. */
  readonly next?: string;
}

/** Which of the ids come next, and how many at once. */
interface IdPosition {
  readonly at: number;
  readonly size: number;
}

/** More records that a filter finds are not looked through for one id. */
const MOST_LOOKED_THROUGH = '100';

/**
 * One page of a query by ids, over all shops. Nothing is known of which shop has which, and a shop may refuse all of a
 * request for one id that it does not have: then fewer are asked for at once, down to each by itself.
 * @throws SourceFailure
 */
export async function readIdPage(
  stream: ShopStream,
  ids: readonly string[],
  cursor: string | undefined,
  parts: IdQueryParts,
): Promise<IdPage> {
  const most = stream.byIds.kind === 'together' ? stream.byIds.most : 1;
  const position = positionOf(ids, cursor, most);
  const wanted = ids.slice(position.at, position.at + position.size);
  const looked = await lookUp(stream, wanted, parts);
  if (looked.outcome === 'refused' && wanted.length > 1) {
    const next = { at: position.at, size: Math.ceil(wanted.length / 2) };
    return { found: [], servedAt: looked.servedAt, order: looked.order, next: JSON.stringify(next) };
  }
  const next = { at: position.at + wanted.length, size: Math.min(most, position.size * 2) };
  return {
    found: looked.found,
    servedAt: looked.servedAt,
    order: looked.order,
    ...(next.at < ids.length ? { next: JSON.stringify(next) } : {}),
  };
}

interface Looked extends Served {
  readonly outcome: 'looked' | 'refused';
  readonly found: readonly FoundText[];
}

/** Asks shop after shop until all are found. What it says is as old as its first answer. */
async function lookUp(stream: ShopStream, wanted: readonly string[], parts: IdQueryParts): Promise<Looked> {
  let looked: Looked | undefined;
  let open = wanted;
  for (const shop of parts.shops) {
    const answer = await askShop(stream, open, shop, parts);
    const { servedAt, order } = looked ?? answer;
    const { texts, asSearched } = answer;
    const found = [...(looked?.found ?? []), ...texts.map((text) => ({ text, shop, asSearched }))];
    looked = { outcome: answer.refused ? 'refused' : 'looked', found, servedAt, order };
    if (answer.refused && wanted.length > 1) return looked;
    const known = new Set(texts.map(idOf));
    open = open.filter((id) => !known.has(id));
    if (open.length === 0) return looked;
  }
  if (looked === undefined) throw new SourceFailure('source-misconfigured', 'TikTok Shop: no shop is authorized');
  return looked;
}

interface ShopAnswer extends Served {
  readonly refused: boolean;
  readonly texts: readonly string[];
  readonly asSearched: boolean;
}

function askShop(stream: ShopStream, ids: readonly string[], shop: Shop, parts: IdQueryParts): Promise<ShopAnswer> {
  const { byIds } = stream;
  return byIds.kind === 'together'
    ? askTogether(byIds.path, stream, ids, shop, parts)
    : askEach(byIds, ids[0] ?? '', stream, shop, parts);
}

async function askTogether(
  path: string,
  stream: ShopStream,
  ids: readonly string[],
  shop: Shop,
  { api }: IdQueryParts,
): Promise<ShopAnswer> {
  const query = { shop_cipher: shop.cipher, ids: ids.join(',') };
  const answer = await api.call({ method: 'GET', path, query, list: stream.list, byIds: true });
  const { servedAt, order } = answer;
  const texts = answer.outcome === 'answered' ? answer.elements : [];
  return { refused: answer.outcome === 'not-there', texts, asSearched: true, servedAt, order };
}

/** The detail tells whether the record is there; its text comes from a search, so that it has one form whichever way it is read. */
async function askEach(
  lookup: Extract<IdLookup, { kind: 'each' }>,
  id: string,
  stream: ShopStream,
  shop: Shop,
  parts: IdQueryParts,
): Promise<ShopAnswer> {
  const query = { shop_cipher: shop.cipher };
  const path = lookup.path(id);
  const detail = await parts.api.call({ method: 'GET', path, query, list: stream.list, byIds: true });
  const { servedAt, order } = detail;
  if (detail.outcome !== 'answered') return { refused: true, texts: [], asSearched: true, servedAt, order };
  const there = { refused: false, servedAt, order };
  if (stream.hasLeft(detail.data)) return { ...there, texts: [detail.dataText()], asSearched: true };
  for (const filter of lookup.findBy(detail.data)) {
    const text = await find(id, filter, stream, shop, parts);
    if (text !== undefined) return { ...there, texts: [text], asSearched: true };
  }
  return { ...there, texts: [detail.dataText()], asSearched: false };
}

async function find(
  id: string,
  filter: Readonly<Record<string, unknown>>,
  stream: ShopStream,
  shop: Shop,
  { api, settings }: IdQueryParts,
): Promise<string | undefined> {
  const request = searchRequest(stream, shop, EVERYTHING, settings, filter);
  const answer = await api.call({ ...request, query: { ...request.query, page_size: MOST_LOOKED_THROUGH } });
  return answer.outcome === 'answered' ? answer.elements.find((text) => idOf(text) === id) : undefined;
}

function idOf(text: string): string | undefined {
  const fields = parseFields(text);
  const id = readId(fields && ownField(fields, 'id'));
  return id.outcome === 'read' ? id.value : undefined;
}

const positionSchema = z.strictObject({
  at: z.int().check(z.minimum(0)),
  size: z.int().check(z.minimum(1), z.maximum(100)),
});

/** @throws SourceFailure when the ids cannot be ids, or the cursor is of another query */
function positionOf(ids: readonly string[], cursor: string | undefined, most: number): IdPosition {
  if (ids.length === 0) throw new SourceFailure('source-misconfigured', 'TikTok Shop: an id query names no ids');
  if (!ids.every((id) => TIKTOK_ID.test(id))) {
    throw new SourceFailure('source-misconfigured', 'TikTok Shop: a record id has 1 to 19 digits');
  }
  if (cursor === undefined) return { at: 0, size: most };
  const parsed = positionSchema.safeParse(parseFields(cursor));
  if (parsed.success && parsed.data.at < ids.length) return parsed.data;
  throw new SourceFailure('source-cursor-expired', 'TikTok Shop: the cursor is of another query');
}
