import type { VendorFault, VendorRecord } from '../simulated-vendor.ts';
import type { CallCounts, FrontDesk } from './front-desk.ts';
import type { TikTokBehaviour, TikTokLimits } from './options.ts';
import type { Row } from './rows.ts';
import type { StreamName, TikTokAccount } from './tiktok-account.ts';

const STREAMS = ['orders', 'orders', 'orders', 'products'] as const;
/** How many of a table's records an edit chooses among. */
const CHOICE = 500;

/** The hand behind the simulator: edits records, breaks calls, tells the truth. */
export class TikTokControl {
  readonly #desk: FrontDesk;
  #timer: NodeJS.Timeout | undefined;

  constructor(desk: FrontDesk) {
    this.#desk = desk;
  }

  // What is there

  shops(): readonly { readonly id: string; readonly orders: number; readonly products: number }[] {
    return this.#account.shops.map(({ id, orders, products }) => {
      return { id, orders: orders.size, products: products.size };
    });
  }

  /** All that belongs into a cache. Of hundreds of thousands of orders this takes hundreds of megabytes. */
  records(stream: StreamName): readonly VendorRecord[] {
    return this.#account.records(stream);
  }

  record(stream: StreamName, id: string): Row | undefined {
    return this.#account.shops.map((shop) => shop[stream].get(id)).find((row) => row !== undefined);
  }

  // What sellers and buyers do

  /** @returns the new record's id */
  insert(stream: StreamName, shop: string, agoMs?: number): string {
    return this.#account.insert(stream, shop, agoMs);
  }

  edit(stream: StreamName, id: string): void {
    this.#account.edit(stream, id);
  }

  remove(stream: StreamName, id: string): void {
    this.#account.remove(stream, id);
  }

  /** Changes so many orders of the first shop, the oldest among them. @returns their ids */
  changeBatch(count: number): readonly string[] {
    const [shop] = this.#account.shops;
    const ids = [...(shop?.orders.some(count) ?? [])].map(({ id }) => id);
    for (const id of ids) this.edit('orders', id);
    return ids;
  }

  /** One change every so often from now on, until stopped or closed. */
  startEditing(everyMs: number): void {
    this.stopEditing();
    this.#timer = setInterval(() => this.#changeSomething(), everyMs);
    this.#timer.unref();
  }

  stopEditing(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  // What goes wrong

  /** Hits the next API call, or the one behind those already to be hit. */
  injectFault(fault: VendorFault): void {
    this.#desk.faults.push(fault);
  }

  expireCursors(): void {
    this.#account.pageTokens.expireAll();
  }

  expireAccessTokens(): void {
    this.#account.tokens.expireAccessTokens();
  }

  /** Whether the seller's authorization stands. */
  setGranted(granted: boolean): void {
    this.#account.tokens.setGranted(granted);
  }

  /** How far the server's clock is ahead of the machine's. */
  setSkew(skewMs: number): void {
    this.#account.skewMs = skewMs;
  }

  setLimits(limits: Partial<TikTokLimits>): void {
    this.#account.limits = { ...this.#account.limits, ...limits };
  }

  setBehaviour(behaviour: Partial<TikTokBehaviour>): void {
    this.#account.behaviour = { ...this.#account.behaviour, ...behaviour };
  }

  // What was asked of it

  calls(): CallCounts {
    return this.#desk.counts;
  }

  get #account(): TikTokAccount {
    return this.#desk.account;
  }

  #changeSomething(): void {
    const { random, shops } = this.#account;
    const shop = random.pick(shops);
    const stream = random.pick(STREAMS);
    const known = [...shop[stream].some(CHOICE)];
    if (known.length === 0 || random.fraction() < 0.4) this.insert(stream, shop.id);
    else this.edit(stream, random.pick(known).id);
  }
}
