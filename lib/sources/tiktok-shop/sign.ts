import { createHmac } from 'node:crypto';

export interface SignedParts {
  /** `/order/202309/orders/search`. */
  readonly path: string;
  /** All parameters of the query but `sign`, as they are before they are escaped. */
  readonly query: Readonly<Record<string, string>>;
  /** To the byte as it is sent; absent where there is none. */
  readonly body?: string;
}

/** What no signature covers. */
const UNSIGNED: ReadonlySet<string> = new Set(['sign', 'access_token']);

/** A request's `sign`: HMAC-SHA256, in lower-case hex, over secret, path, sorted parameters, body and secret. */
export function signRequest(appSecret: string, { path, query, body = '' }: SignedParts): string {
  const names = Object.keys(query).filter((name) => !UNSIGNED.has(name));
  const parameters = names.toSorted().map((name) => `${name}${query[name]}`);
  return createHmac('sha256', appSecret)
    .update(`${appSecret}${path}${parameters.join('')}${body}${appSecret}`)
    .digest('hex');
}
