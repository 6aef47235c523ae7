export interface OrderContent {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
  readonly status: string;
  /** Of two versions of an order with one update time the texts differ by it. */
  readonly revision: number;
}

export const ORDER_STATUSES = [
  'AWAITING_SHIPMENT',
  'AWAITING_COLLECTION',
  'IN_TRANSIT',
  'DELIVERED',
  'COMPLETED',
  'CANCELLED',
] as const;

const NAMES = ['N***n', 'T***g', 'L***h', 'P***m', 'Đ***c'] as const;
const GOODS = ['Áo thun cotton', 'Serum "C+"', 'Ốp lưng 🐱', 'Bình nước 500ml', 'Tất\\vớ'] as const;

/** An order as the vendor writes it: ids and amounts are strings, what names the buyer is masked. */
export function orderText({ id, created, updated, status, revision }: OrderContent): string {
  const pick = Number(BigInt(id) % 997n);
  const amount = String(49_000 + (pick % 40) * 5_000);
  const name = NAMES[pick % NAMES.length] ?? '';
  const good = GOODS[pick % GOODS.length] ?? '';
  return (
    `{"id":"${id}","status":"${status}","create_time":${created},"update_time":${updated},"paid_time":${created + 40},` +
    `"buyer_message":${JSON.stringify(revision === 0 ? '' : `note ${revision}`)},"buyer_email":"v${pick}@scs.tiktokw.us",` +
    `"user_id":"74${String(pick).padStart(3, '0')}1234567890123","fulfillment_type":"FULFILLMENT_BY_SELLER","is_cod":${pick % 3 === 0},` +
    `"shipping_provider_id":"6841743441349706241","tracking_number":"8${id.slice(-11)}","warehouse_id":"7091011234567890123",` +
    `"payment":{"currency":"VND","sub_total":"${amount}","shipping_fee":"16500","total_amount":"${Number(amount) + 16_500}","tax":"0"},` +
    `"recipient_address":{"name":"${name}","phone_number":"(+84)*****${String(pick).padStart(4, '0').slice(-2)}","region_code":"VN",` +
    `"full_address":"Việt Nam, ${pick % 2 === 0 ? 'Hà Nội' : 'Hồ Chí Minh'}, ***","postal_code":""},` +
    `"line_items":[{"id":"${BigInt(id) + 1n}","product_id":"17294${String(pick).padStart(3, '0')}5678901234","product_name":${JSON.stringify(good)},` +
    `"sku_id":"17294${String(pick).padStart(3, '0')}5678905678","seller_sku":"SKU-${pick}","sale_price":"${amount}","currency":"VND"}],` +
    `"packages":[{"id":"11${id.slice(0, 17)}"}]}`
  );
}
