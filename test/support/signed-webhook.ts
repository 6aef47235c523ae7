import { createHmac } from 'node:crypto';
import type { Instant } from '../../lib/domain/instant.ts';

export const WEBHOOK_SECRET = 'a-long-secret-that-only-the-two-know-0123456789';

export interface SigningOptions {
  readonly secret?: string;
  readonly encoding?: 'hex' | 'base64';
  readonly inSeconds?: boolean;
}

/** The headers a Zoho workflow signs a body with. */
export function signedHeaders(
  body: string | Uint8Array,
  at: Instant,
  { secret = WEBHOOK_SECRET, encoding = 'hex', inSeconds = false }: SigningOptions = {},
): Readonly<Record<string, string>> {
  const timestamp = String(inSeconds ? at / 1_000 : at);
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest(encoding);
  return { 'x-tidemark-timestamp': timestamp, 'x-tidemark-signature': signature };
}
