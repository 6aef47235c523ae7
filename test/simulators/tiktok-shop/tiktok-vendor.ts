import { instantFromMs } from '../../../lib/domain/instant.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../lib/ports/http.ts';
import { tikTokShop } from '../../../lib/sources/tiktok-shop/tiktok-shop.ts';
import type { MakeVendor, SimulatedVendor, VendorOptions, VendorRecord, VendorStream } from '../simulated-vendor.ts';
import { connectionEntry } from './connection-entry.ts';
import { FrontDesk } from './front-desk.ts';
import { completeOptions, type TikTokSimulatorOptions } from './options.ts';
import { type StreamName, TikTokAccount } from './tiktok-account.ts';

const URL_OF_BOTH_HOSTS = 'http://127.0.0.1:1';
const SHOPS = 3;

/** A seller with three shops without orders or products, within this process. */
export const makeTikTokVendor: MakeVendor = (options) => new TikTokVendor(options);

export class TikTokVendor implements SimulatedVendor {
  readonly kind = tikTokShop;
  readonly streams: readonly VendorStream[];
  readonly account: TikTokAccount;
  readonly #desk: FrontDesk;

  constructor({ nowMs, seed, pageSize }: VendorOptions, more: TikTokSimulatorOptions = {}) {
    const behaviour = { ...(pageSize === undefined ? {} : { mostPerPage: pageSize }), ...more.behaviour };
    const setup = completeOptions({ seed, shops: SHOPS, orders: 0, products: 0, ...more, clock: nowMs, behaviour });
    this.account = new TikTokAccount(setup);
    this.#desk = new FrontDesk(this.account);
    this.streams = [new ShopStream(this.account, 'orders'), new ShopStream(this.account, 'products')];
  }

  connection(id: string): Connection {
    return { ...connectionEntry(id, URL_OF_BOTH_HOSTS, this.account), enabled: true, policy: {} };
  }

  async send({ method, url: address, headers, body = '' }: HttpRequest): Promise<HttpResponse> {
    const answer = this.#desk.take({ method, url: new URL(address), headers: lowerCased(headers), body });
    if (answer === undefined) throw new HttpFailure('http-network', 'connection reset');
    const date = instantFromMs(Math.floor(this.account.wallMs / 1_000) * 1_000);
    return { status: answer.status, headers: answer.headers, body: answer.body, date };
  }

  get faults() {
    return this.#desk.faults;
  }

  get downUntilMs(): number {
    return this.#desk.downUntilMs;
  }

  set downUntilMs(value: number) {
    this.#desk.downUntilMs = value;
  }

  get beforePage(): () => void {
    return this.#desk.beforePage;
  }

  set beforePage(act: () => void) {
    this.#desk.beforePage = act;
  }

  get skewMs(): number {
    return this.account.skewMs;
  }

  set skewMs(value: number) {
    this.account.skewMs = value;
  }

  get lagMs(): number {
    return this.account.behaviour.indexLagMs;
  }

  set lagMs(value: number) {
    this.account.behaviour = { ...this.account.behaviour, indexLagMs: value };
  }

  expireCursors(): void {
    this.account.pageTokens.expireAll();
  }

  get tokenCalls(): number {
    return this.#desk.counts.token;
  }

  get calls(): number {
    const { token: _, ...api } = this.#desk.counts;
    return Object.values(api).reduce((sum, count) => sum + count, 0);
  }
}

/** Records stay in their shop for ever. */
class ShopStream implements VendorStream {
  readonly name: StreamName;
  readonly #account: TikTokAccount;

  constructor(account: TikTokAccount, name: StreamName) {
    this.#account = account;
    this.name = name;
  }

  partitions(): readonly string[] {
    return this.#account.shops.map(({ id }) => id);
  }

  records(): readonly VendorRecord[] {
    return this.#account.records(this.name);
  }

  insert(partition: string, agoMs = 0): string {
    return this.#account.insert(this.name, partition, agoMs);
  }

  edit(id: string): void {
    this.#account.edit(this.name, id);
  }

  remove(id: string): void {
    this.#account.remove(this.name, id);
  }
}

function lowerCased(headers: HttpRequest['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
