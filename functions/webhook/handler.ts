import { createWebhookRuntime } from '../../lib/runtime/webhook-runtime.ts';
import type { Answer } from './answer.ts';
import { createWebhook, type WebhookEvent } from './webhook.ts';

const runtime = createWebhookRuntime('webhook');
const webhook = createWebhook(runtime);

/** Invoked for every request to a connection's webhook, by whomever. */
export async function handler(event: WebhookEvent): Promise<Answer> {
  try {
    return await webhook(event);
  } finally {
    runtime.telemetry.flush();
  }
}
