import { TextDecoder } from 'node:util';
import type { Instant } from '../../domain/instant.ts';
import type { Connection } from '../../ports/connections.ts';
import type { RecordHint, WebhookReader, WebhookRequest, WebhookVerdict } from '../../ports/source.ts';
import { isJsonObject, ownField, parseExactJson } from '../kit/exact-json.ts';
import { isRecent, isSignature, parseEpoch, signatureName } from '../kit/webhook-signature.ts';
import { ZOHO_ID } from './criteria.ts';
import { signingSecretOf } from './settings.ts';

const STREAM = 'registrations';

const MOST_IDS = 200;

/**
 * What a Deluge workflow of the application sends: `x-tidemark-timestamp`, and `x-tidemark-signature`, the HMAC-SHA256
 * under `webhookSecret` of that timestamp, a point, and the body. The body is JSON with `ids`, and may name the report
 * or the stream that they are of; whatever else it says is not looked at.
 */
export const zohoWebhooks: WebhookReader = {
  read(connection: Connection, request: WebhookRequest, now: Instant): WebhookVerdict {
    const secret = signingSecretOf(connection);
    const { 'x-tidemark-timestamp': timestamp = '', 'x-tidemark-signature': signature = '' } = request.headers;
    if (secret === undefined) return refused('the connection has no webhookSecret, or a weak one');
    if (!isSignature(signature, secret, [timestamp, '.', request.body])) return refused('the signature is wrong');
    const sentAt = parseEpoch(timestamp);
    if (sentAt === undefined || !isRecent(sentAt, now)) return refused('the timestamp is not of now');
    const hints = hintsOf(connection, request.body);
    if (hints === undefined) return refused('the body is not understood');
    return { outcome: 'genuine', delivery: signatureName(signature) ?? '', hints };
  },
};

function refused(problem: string): WebhookVerdict {
  return { outcome: 'refused', problem };
}

/** `undefined` when the body is not what a workflow sends. */
function hintsOf(connection: Connection, bytes: Uint8Array): readonly RecordHint[] | undefined {
  const body = parseBody(bytes);
  const ids = body === undefined ? undefined : ownField(body, 'ids');
  if (body === undefined || !Array.isArray(ids) || ids.length > MOST_IDS) return undefined;
  const texts = ids.map((id: unknown) => (typeof id === 'number' ? String(id) : id));
  const own = texts.filter((id): id is string => typeof id === 'string' && ZOHO_ID.test(id));
  if (own.length < texts.length) return undefined;
  // One workflow may send for several forms: of those that are not synced there is nothing to ask for.
  return isOfRegistrations(connection, body) ? [{ stream: STREAM, ids: own }] : [];
}

function isOfRegistrations({ settings }: Connection, body: Readonly<Record<string, unknown>>): boolean {
  const { registrations } = settings;
  const report = isJsonObject(registrations) ? ownField(registrations, 'report') : undefined;
  const [stream, named] = [ownField(body, 'stream'), ownField(body, 'report')];
  return (stream === undefined || stream === STREAM) && (named === undefined || named === report);
}

function parseBody(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
