import { createHmac, timingSafeEqual } from 'node:crypto';

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

/** Whether a webhook was signed with this application's secret: HMAC-SHA256 over the application's key and the body's bytes. */
export function isSignedWebhook(
  app: { readonly key: string; readonly secret: string },
  body: Uint8Array,
  signature: string,
): boolean {
  const expected = createHmac('sha256', app.secret).update(app.key).update(body).digest();
  const claimed = Buffer.from(/^[0-9a-fA-F]{64}$/.test(signature) ? signature : '', 'hex');
  return claimed.length === expected.length && timingSafeEqual(claimed, expected);
}
