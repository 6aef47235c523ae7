import { SeededRandom } from '../seeded-random.ts';
import type { VendorRecord } from '../simulated-vendor.ts';
import type { TikTokBehaviour, TikTokLimits, TikTokSetup } from './options.ts';
import { orderArchive } from './order-archive.ts';
import { ORDER_STATUSES, orderText } from './order-text.ts';
import { PageTokens } from './page-tokens.ts';
import { productText } from './product-text.ts';
import type { Row } from './rows.ts';
import { ShopTable } from './shop-table.ts';
import { TokenOffice } from './token-office.ts';

export type StreamName = 'orders' | 'products';

export interface SimulatedShop {
  readonly id: string;
  readonly cipher: string;
  readonly name: string;
  readonly orders: ShopTable;
  readonly products: ShopTable;
}

const FIRST_SHOP = 7_494_049_642_642_441_621n;
const FIRST_NEW_ORDER = 577_087_000_000_000_000n;
const FIRST_PRODUCT = 1_729_382_000_000_000_000n;
const PRODUCT_STATUSES = ['ACTIVATE', 'SELLER_DEACTIVATED', 'PENDING'] as const;
/** The archive ends so long ago that nothing of it is still settling. */
const ARCHIVE_ENDS_SECONDS_AGO = 3_600;

/** Everything behind the two hosts: one application, one seller, its shops. */
export class TikTokAccount {
  readonly shops: readonly SimulatedShop[];
  readonly tokens: TokenOffice;
  readonly pageTokens: PageTokens;
  readonly random: SeededRandom;
  behaviour: TikTokBehaviour;
  limits: TikTokLimits;
  /** How far the vendor's clock is ahead of the true one. */
  skewMs: number;
  /** True times of the calls of the last minute. */
  recentCalls: readonly number[] = [];
  readonly #clock: () => number;
  #records = 0n;
  #revisions = 0;

  constructor(setup: TikTokSetup) {
    this.#clock = setup.clock;
    this.skewMs = setup.skewMs;
    this.behaviour = setup.behaviour;
    this.limits = setup.limits;
    this.random = new SeededRandom(setup.seed);
    this.tokens = new TokenOffice(new SeededRandom(setup.seed + 1));
    this.pageTokens = new PageTokens(new SeededRandom(setup.seed + 2));
    const until = Math.floor(this.wallMs / 1_000) - ARCHIVE_ENDS_SECONDS_AGO;
    this.shops = Array.from({ length: setup.shops }, (_, index): SimulatedShop => {
      const id = String(FIRST_SHOP + BigInt(index) * 1_003n);
      const orders = new ShopTable(index === 0 ? orderArchive(setup.orders, until) : undefined);
      const cipher = `ROW_${this.random.hex(24)}`;
      return { id, cipher, name: `Shop ${index + 1}`, orders, products: new ShopTable() };
    });
    for (const { id } of this.shops) {
      for (let count = 0; count < setup.products; count += 1) this.insert('products', id, 86_400_000);
    }
  }

  get trueMs(): number {
    return this.#clock();
  }

  /** By the vendor's clock. */
  get wallMs(): number {
    return this.#clock() + this.skewMs;
  }

  shop(id: string): SimulatedShop {
    const shop = this.shops.find((candidate) => candidate.id === id);
    if (shop === undefined) throw new RangeError(`no shop ${id}`);
    return shop;
  }

  /** The shop that has a record. @throws RangeError when none has */
  holderOf(stream: StreamName, id: string): SimulatedShop {
    const shop = this.shops.find((candidate) => candidate[stream].get(id) !== undefined);
    if (shop === undefined) throw new RangeError(`no record ${id}`);
    return shop;
  }

  /** All that belongs into a cache. */
  records(stream: StreamName): readonly VendorRecord[] {
    return this.shops.flatMap((shop) => {
      const rows = [...shop[stream].all()].filter(({ status }) => status !== 'DELETED');
      return rows.map(({ id, text }) => ({ id, partition: shop.id, body: text }));
    });
  }

  /** @returns the new record's id */
  insert(stream: StreamName, shopId: string, agoMs = 0): string {
    const second = Math.floor((this.wallMs - agoMs) / 1_000);
    this.#records += 1n;
    const first = stream === 'orders' ? FIRST_NEW_ORDER : FIRST_PRODUCT;
    const id = String(first + this.#records * 1_000n + (this.#records % 2n) * 3n);
    const status = stream === 'orders' ? 'AWAITING_SHIPMENT' : 'ACTIVATE';
    // What happened long ago has long been in the index.
    this.shop(shopId)[stream].put(
      this.#row(stream, { id, created: second, updated: second, status }),
      this.trueMs - agoMs,
    );
    return id;
  }

  edit(stream: StreamName, id: string): void {
    const { [stream]: table } = this.holderOf(stream, id);
    const before = table.get(id);
    if (before === undefined) return;
    const statuses: readonly string[] = stream === 'orders' ? ORDER_STATUSES : PRODUCT_STATUSES;
    const status = this.random.pick(statuses);
    const updated = Math.floor(this.wallMs / 1_000);
    table.put(this.#row(stream, { id, created: before.created, updated, status }), this.trueMs);
  }

  /** An order vanishes; a product stays, shown as deleted. */
  remove(stream: StreamName, id: string): void {
    const { [stream]: table } = this.holderOf(stream, id);
    const before = table.get(id);
    if (stream === 'orders' || before === undefined) {
      table.delete(id, this.trueMs);
      return;
    }
    const updated = Math.floor(this.wallMs / 1_000);
    table.put(this.#row(stream, { id, created: before.created, updated, status: 'DELETED' }), this.trueMs);
  }

  #row(stream: StreamName, row: Omit<Row, 'text'>): Row {
    this.#revisions += 1;
    const content = { ...row, revision: this.#revisions };
    return { ...row, text: stream === 'orders' ? orderText(content) : productText(content) };
  }
}
