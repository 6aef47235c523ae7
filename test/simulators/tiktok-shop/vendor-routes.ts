import { createHmac } from 'node:crypto';
import { type Answer, dataAnswer, htmlAnswer, rateLimited, refusal } from './answer.ts';
import { productDetailText } from './product-text.ts';
import { answerSearch } from './search-route.ts';
import type { SimulatedShop, TikTokAccount } from './tiktok-account.ts';

export interface VendorCall {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export type CallKind = 'token' | 'shops' | 'orders' | 'products' | 'other';

const TOKEN_PATH = '/api/v2/token/refresh';
const SHOPS_PATH = '/authorization/202309/shops';
const ORDERS_PATH = '/order/202309/orders';
const PRODUCTS_PATH = '/product/202309/products';
const MINUTE_MS = 60_000;
const BEHIND_SECONDS = 300;
const AHEAD_SECONDS = 30;
const MOST_IDS = 50;

export function kindOf({ pathname }: URL): CallKind {
  if (pathname === TOKEN_PATH) return 'token';
  if (pathname === SHOPS_PATH) return 'shops';
  if (pathname === ORDERS_PATH || pathname === `${ORDERS_PATH}/search`) return 'orders';
  return pathname.startsWith(`${PRODUCTS_PATH}/`) ? 'products' : 'other';
}

/** Answers a call to either host, as the vendor would with nothing going wrong. */
export function answerVendorCall(account: TikTokAccount, call: VendorCall): Answer {
  const kind = kindOf(call.url);
  if (kind === 'token') {
    if (call.method !== 'GET') return htmlAnswer(405);
    return account.tokens.answer(call.url.searchParams, account, account.behaviour);
  }
  return refuseRate(account) ?? refuseCall(account, call, kind) ?? carryOut(account, call, kind);
}

function refuseRate(account: TikTokAccount): Answer | undefined {
  const now = account.trueMs;
  const recent = account.recentCalls.filter((at) => at > now - MINUTE_MS);
  const isFree = recent.length < account.limits.perMinute;
  account.recentCalls = isFree ? [...recent, now] : recent;
  return isFree ? undefined : rateLimited((recent[0] ?? now) + MINUTE_MS - now, account.behaviour);
}

/** What every call must carry: the application's key, a fresh timestamp, a signature to the byte, a token. */
function refuseCall(account: TikTokAccount, call: VendorCall, kind: CallKind): Answer | undefined {
  const { behaviour, tokens } = account;
  const refused = (code: number, message: string, status: number) => refusal(code, message, status, behaviour);
  if (kind === 'other') return refused(36009009, 'Invalid path.', 404);
  const { searchParams } = call.url;
  if (searchParams.get('app_key') !== tokens.app.appKey) {
    return refused(36009004, 'Invalid credentials. Invalid `app_key` query parameter.', 400);
  }
  const age = Math.floor(account.wallMs / 1_000) - Number(searchParams.get('timestamp') ?? Number.NaN);
  if (!(age <= BEHIND_SECONDS && age >= -AHEAD_SECONDS)) {
    const words = age > 0 ? 'earlier than 5 minutes before' : 'more than 30 seconds after';
    return refused(
      36009004,
      `Invalid timestamp. The value of the \`timestamp\` query parameter must not be ${words} the current time.`,
      400,
    );
  }
  if (searchParams.get('sign') !== signatureOf(call, tokens.app.appSecret)) {
    return refused(106001, 'Invalid credentials. The signature is invalid.', 401);
  }
  const token = tokens.check(call.headers['x-tts-access-token'], account.trueMs);
  if (token === 'expired') return refused(105002, 'Expired credentials. The access token has expired.', 401);
  if (token === 'unknown') {
    return refused(36009004, 'Invalid credentials. The `x-tts-access-token` header is invalid.', 401);
  }
  return undefined;
}

/** A reading of the vendor's rule of its own: nothing is shared with the code that is tested. */
export function signatureOf({ url, body }: Pick<VendorCall, 'url' | 'body'>, appSecret: string): string {
  const pairs = [...url.searchParams.entries()].filter(([name]) => name !== 'sign' && name !== 'access_token');
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  const text = [appSecret, url.pathname, ...pairs.flat(), body, appSecret].join('');
  return createHmac('sha256', appSecret).update(text, 'utf8').digest('hex');
}

function carryOut(account: TikTokAccount, call: VendorCall, kind: CallKind): Answer {
  const { url, method, body } = call;
  const refused = (code: number, message: string, status: number) => refusal(code, message, status, account.behaviour);
  if (kind === 'shops') return method === 'GET' ? shopsAnswer(account) : refused(36009010, 'Invalid method.', 405);
  const cipher = url.searchParams.get('shop_cipher');
  if (cipher === null) return refused(106013, 'Missing identifier. `shop_cipher` is required.', 400);
  const shop = account.shops.find((candidate) => candidate.cipher === cipher);
  if (shop === undefined) return refused(101000, 'The shop cipher does not match the token.', 401);
  const stream = kind === 'orders' ? 'orders' : 'products';
  const isSearch = url.pathname.endsWith('/search');
  if (method !== (isSearch ? 'POST' : 'GET')) return refused(36009010, 'Invalid method.', 405);
  if (isSearch) return answerSearch(account, { stream, shop, query: url.searchParams, body });
  return stream === 'orders' ? ordersById(account, shop, url) : productById(account, shop, url);
}

function shopsAnswer({ shops }: TikTokAccount): Answer {
  const list = shops.map(({ id, name, cipher }, index) => {
    return { id, name, region: 'VN', seller_type: 'LOCAL', cipher, code: `VNLCSH${index}` };
  });
  return dataAnswer(JSON.stringify({ shops: list }));
}

/** By their ids the newest versions are found, whatever the index knows. */
function ordersById(account: TikTokAccount, { orders }: SimulatedShop, url: URL): Answer {
  const { behaviour } = account;
  const ids = (url.searchParams.get('ids') ?? '').split(',');
  if (ids.length > MOST_IDS) return refusal(36009004, 'Invalid ids, at most 50.', 400, behaviour);
  const rows = ids.map((id) => (/^\d+$/.test(id) ? orders.get(id) : undefined));
  if (behaviour.unknownIds === 'refuse-all' && rows.includes(undefined)) {
    return refusal(21008111, 'The order/package does not belong to the current seller.', 400, behaviour);
  }
  const texts = rows.flatMap((row) => (row === undefined ? [] : [row.text]));
  return dataAnswer(`{"orders":[${texts.join(',')}]}`, texts.length);
}

function productById(account: TikTokAccount, { products }: SimulatedShop, url: URL): Answer {
  const id = url.pathname.slice(`${PRODUCTS_PATH}/`.length);
  const row = /^\d+$/.test(id) ? products.get(id) : undefined;
  if (row === undefined) return refusal(12052048, "You can't edit other sellers' products", 400, account.behaviour);
  return dataAnswer(productDetailText({ ...row, revision: 0 }), 1);
}
