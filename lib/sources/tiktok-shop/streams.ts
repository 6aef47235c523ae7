import type { Instant } from '../../domain/instant.ts';
import { SourceFailure, type StreamDefinition } from '../../ports/source.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import { readSeconds } from './fields.ts';
import type { TikTokSettings } from './settings.ts';

type Fields = Readonly<Record<string, unknown>>;

/** How records are asked for by their ids. */
export type IdLookup =
  /** Many at once, in the same form as the search shows them. */
  | { readonly kind: 'together'; readonly path: string; readonly most: number }
  /** One by one, in a form of their own: that tells by which filters, one after the other, a search finds them. */
  | {
      readonly kind: 'each';
      readonly path: (id: string) => string;
      readonly findBy: (detail: Fields) => readonly Fields[];
    };

/** All that one kind of record has of its own. */
export interface ShopStream {
  readonly definition: StreamDefinition;
  readonly searchPath: string;
  /** The array of `data` that holds records. */
  readonly list: string;
  /** Whether a search can be sorted by update time. */
  readonly sorted: boolean;
  /** What every search says besides its window. */
  readonly filter: (settings: TikTokSettings) => Fields;
  /** The upper bound of a window that ends before this second. */
  readonly before: (second: number) => Fields;
  readonly byIds: IdLookup;
  /** The segment it is kept in; `undefined` when it does not show what decides that. */
  readonly segmentOf?: (record: Fields) => string | undefined;
  /** Whether the vendor shows it as deleted. */
  readonly hasLeft: (record: Fields) => boolean;
}

const ORDERS: ShopStream = {
  definition: { name: 'orders', partitionKind: 'shop', coverage: 'partition', locators: true, segmented: true },
  searchPath: '/order/202309/orders/search',
  list: 'orders',
  sorted: true,
  filter: () => ({}),
  before: (second) => ({ update_time_lt: second }),
  byIds: { kind: 'together', path: '/order/202309/orders', most: 50 },
  segmentOf: (order) => {
    const created = readSeconds(ownField(order, 'create_time'));
    return created.outcome === 'read' ? monthOf(created.value) : undefined;
  },
  // A cancelled order stays an order: its status says so.
  hasLeft: () => false,
};

const PRODUCTS: ShopStream = {
  definition: { name: 'products', partitionKind: 'shop', coverage: 'partition', locators: true },
  searchPath: '/product/202309/products/search',
  list: 'products',
  sorted: false,
  filter: ({ productStatus }) => ({ status: productStatus }),
  before: (second) => ({ update_time_le: second - 1 }),
  byIds: {
    kind: 'each',
    path: (id) => `/product/202309/products/${id}`,
    // By its number a product is found though the index does not know its last change yet.
    findBy: (product) => [...bySku(product), ...bySecond(product)],
  },
  hasLeft: (product) => ownField(product, 'status') === 'DELETED',
};

function bySku(product: Fields): readonly Fields[] {
  const skus = ownField(product, 'skus');
  const numbers = (Array.isArray(skus) ? skus : []).map(
    (sku: unknown) => isJsonObject(sku) && ownField(sku, 'seller_sku'),
  );
  const number = numbers.find((value) => typeof value === 'string' && value !== '');
  return number === undefined ? [] : [{ seller_skus: [number] }];
}

function bySecond(product: Fields): readonly Fields[] {
  const updated = readSeconds(ownField(product, 'update_time'));
  if (updated.outcome !== 'read') return [];
  const second = updated.value / 1_000;
  return [{ update_time_ge: second, update_time_le: second }];
}

export const SHOP_STREAMS: readonly ShopStream[] = [ORDERS, PRODUCTS];

/** @throws SourceFailure when there is no such stream */
export function shopStream(name: string): ShopStream {
  const stream = SHOP_STREAMS.find(({ definition }) => definition.name === name);
  if (stream !== undefined) return stream;
  throw new SourceFailure('source-misconfigured', `TikTok Shop has no stream ${JSON.stringify(name.slice(0, 32))}`);
}

/** The month of an instant in UTC, `2025-01`. */
function monthOf(instant: Instant): string {
  const date = new Date(instant);
  return `${date.getUTCFullYear()}-${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
}
