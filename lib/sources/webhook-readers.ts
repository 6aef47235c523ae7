import type { WebhookReader } from '../ports/source.ts';
import { tikTokWebhooks } from './tiktok-shop/webhooks.ts';
import { zohoWebhooks } from './zoho-creator/webhooks.ts';

/** By kind of source, for those whose vendors send webhooks. */
export const WEBHOOK_READERS: ReadonlyMap<string, WebhookReader> = new Map([
  ['tiktok-shop', tikTokWebhooks],
  ['zoho-creator', zohoWebhooks],
]);
