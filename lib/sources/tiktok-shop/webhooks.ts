import { msBetween } from '../../domain/instant.ts';
import { contentHash } from '../../domain/record.ts';
import type { RecordHint, WebhookReader, WebhookVerdict } from '../../ports/source.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { parseFields, readId, readSeconds } from './fields.ts';
import { parseAccount } from './settings.ts';
import { isSignedWebhook } from './sign.ts';

/** A notification older or newer than this is refused: the signature covers the time it was pushed at. */
const TOLERANCE_MS = 300_000;
const MAX_BODY_BYTES = 256 * 1024;
/** More ids than any notification names. */
const MOST_IDS = 100;
const MOST_DEEP = 4;

/**
 * Names under which notifications give ids, whatever their topic: status, address, package, cancellation and return changes
 * name orders; product changes and audits name products.
 */
const ID_FIELDS: readonly { readonly stream: string; readonly names: ReadonlySet<string> }[] = [
  { stream: 'orders', names: new Set(['order_id', 'order_ids', 'order_id_list']) },
  { stream: 'products', names: new Set(['product_id', 'product_ids', 'product_id_list']) },
];

/** TikTok's notifications of all topics. The signature is over the bytes as they came. */
export const tikTokWebhooks: WebhookReader = {
  read(connection, { headers, body }, now) {
    const parsed = parseAccount(connection, true);
    if (parsed.outcome === 'invalid') return refused('the connection is misconfigured');
    const { settings, secrets } = parsed.account;
    if (body.byteLength > MAX_BODY_BYTES) return refused('the body is too large');
    const app = { key: settings.appKey, secret: secrets.appSecret };
    if (!isSignedWebhook(app, body, headers.authorization?.trim() ?? '')) return refused('the signature is wrong');
    const text = Buffer.from(body).toString('utf8');
    const notification = parseFields(text);
    if (notification === undefined) return refused('the body is no JSON object');
    const pushed = readSeconds(ownField(notification, 'timestamp'));
    if (pushed.outcome !== 'read') return refused('it does not say when it was pushed');
    if (Math.abs(msBetween(pushed.value, now)) > TOLERANCE_MS)
      return refused('it was pushed too long ago, or is of the future');
    const shop = readId(ownField(notification, 'shop_id'));
    const isOurs =
      settings.shops === undefined || settings.shops.some(({ id }) => shop.outcome === 'read' && shop.value === id);
    const namespace = new PartitionNamespace(connection.namespace);
    const partition = shop.outcome === 'read' ? namespace.stored(shop.value) : undefined;
    const hints = isOurs ? hintsOf(ownField(notification, 'data'), partition) : [];
    return { outcome: 'genuine', delivery: deliveryOf(notification, text), hints };
  },
};

function hintsOf(data: unknown, partition: string | undefined): readonly RecordHint[] {
  return ID_FIELDS.flatMap(({ stream, names }) => {
    const ids = [...new Set(idsUnder(data, names, 0))].slice(0, MOST_IDS);
    return ids.length === 0 ? [] : [{ stream, ids, ...(partition === undefined ? {} : { partition }) }];
  });
}

/** All ids under any of these names, at any place of the notification. */
function idsUnder(value: unknown, names: ReadonlySet<string>, depth: number): readonly string[] {
  if (depth > MOST_DEEP) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => idsUnder(item, names, depth + 1));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    names.has(name) ? [item].flat().flatMap(idIn) : idsUnder(item, names, depth + 1),
  );
}

function idIn(value: unknown): readonly string[] {
  const id = readId(value);
  return id.outcome === 'read' ? [id.value] : [];
}

/** The vendor's own name of the notification; of one without a name, its content's. */
function deliveryOf(notification: Readonly<Record<string, unknown>>, text: string): string {
  const id = ownField(notification, 'tts_notification_id');
  return typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : contentHash(text);
}

function refused(problem: string): WebhookVerdict {
  return { outcome: 'refused', problem };
}
