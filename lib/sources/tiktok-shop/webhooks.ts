import { contentHash } from '../../domain/record.ts';
import type { Connection } from '../../ports/connections.ts';
import type { RecordHint, WebhookReader, WebhookVerdict } from '../../ports/source.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { parseFields } from '../kit/reading.ts';
import { isRecent, isSignature } from '../kit/webhook-signature.ts';
import { readId, readSeconds } from './fields.ts';
import { parseAccount, type TikTokSettings } from './settings.ts';

type Fields = Readonly<Record<string, unknown>>;

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

/** TikTok's notifications of all topics. The signature is over the application's key and the bytes as they came. */
export const tikTokWebhooks: WebhookReader = {
  read(connection, { headers, body }, now) {
    const parsed = parseAccount(connection, true);
    if (parsed.outcome === 'invalid') return refused('the connection is misconfigured');
    const { settings, secrets } = parsed.account;
    const signature = headers.authorization?.trim() ?? '';
    if (!isSignature(signature, secrets.appSecret, [settings.appKey, body])) return refused('the signature is wrong');
    const text = Buffer.from(body).toString('utf8');
    const notification = parseFields(text);
    if (notification === undefined) return refused('the body is no JSON object');
    const pushed = readSeconds(ownField(notification, 'timestamp'));
    if (pushed.outcome !== 'read' || !isRecent(pushed.value, now)) return refused('its timestamp is not of now');
    return {
      outcome: 'genuine',
      delivery: deliveryOf(notification, text),
      hints: hintsOf(notification, settings, connection),
    };
  },
};

/** Of shops that are not synced there is nothing to ask for. */
function hintsOf(notification: Fields, settings: TikTokSettings, connection: Connection): readonly RecordHint[] {
  const shop = readId(ownField(notification, 'shop_id'));
  if (shop.outcome !== 'read' || settings.shops?.every(({ id }) => id !== shop.value)) return [];
  const partition = new PartitionNamespace(connection.namespace).stored(shop.value);
  const data = ownField(notification, 'data');
  const hints = ID_FIELDS.map(({ stream, names }) => {
    return { stream, ids: [...new Set(idsUnder(data, names))].slice(0, MOST_IDS), partition };
  });
  // A notification about orders may name their products, which have not changed.
  return hints.filter(({ ids }) => ids.length > 0).slice(0, 1);
}

/** All ids under any of these names, at any place of the notification. */
function idsUnder(value: unknown, names: ReadonlySet<string>, depth = 0): readonly string[] {
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
function deliveryOf(notification: Fields, text: string): string {
  const id = ownField(notification, 'tts_notification_id');
  return typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : contentHash(text);
}

function refused(problem: string): WebhookVerdict {
  return { outcome: 'refused', problem };
}
