import { instantFromMs } from '../../../lib/domain/instant.ts';
import type { Connection } from '../../../lib/ports/connections.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../lib/ports/http.ts';
import { tikTokShop } from '../../../lib/sources/tiktok-shop/tiktok-shop.ts';
import type {
  MakeVendor,
  SimulatedVendor,
  VendorFault,
  VendorOptions,
  VendorRecord,
  VendorStream,
} from '../simulated-vendor.ts';
import { type Answer, htmlAnswer, internalError, rateLimited } from './answer.ts';
import { connectionEntry } from './connection-entry.ts';
import { completeOptions } from './options.ts';
import { type StreamName, TikTokAccount } from './tiktok-account.ts';
import { answerVendorCall, kindOf } from './vendor-routes.ts';

const URL_OF_BOTH_HOSTS = 'http://127.0.0.1:1';
const SHOPS = 3;

/** A seller with three shops without orders or products, within this process. */
export const makeTikTokVendor: MakeVendor = (options) => new TikTokVendor(options);

export class TikTokVendor implements SimulatedVendor {
  readonly kind = tikTokShop;
  readonly streams: readonly VendorStream[];
  readonly faults: VendorFault[] = [];
  readonly account: TikTokAccount;
  downUntilMs = 0;
  beforePage: () => void = () => {};
  calls = 0;
  readonly #options: VendorOptions;

  constructor(options: VendorOptions) {
    this.#options = options;
    const { nowMs, seed, pageSize } = options;
    const behaviour = pageSize === undefined ? {} : { mostPerPage: pageSize };
    this.account = new TikTokAccount(
      completeOptions({ seed, shops: SHOPS, orders: 0, products: 0, clock: nowMs, behaviour }),
    );
    this.streams = [new ShopStream(this.account, 'orders'), new ShopStream(this.account, 'products')];
  }

  connection(id: string): Connection {
    return { ...connectionEntry(id, URL_OF_BOTH_HOSTS, this.account), enabled: true, policy: {} };
  }

  async send({ method, url: address, headers, body = '' }: HttpRequest): Promise<HttpResponse> {
    const url = new URL(address);
    const kind = kindOf(url);
    if (kind !== 'token') this.calls += 1;
    if (this.#options.nowMs() < this.downUntilMs) return this.#respond(htmlAnswer(503));
    const fault = kind === 'token' ? undefined : this.faults.shift();
    const instead = fault && this.#instead(fault);
    if (instead !== undefined) return this.#respond(instead);
    if (kind === 'orders' || kind === 'products') this.beforePage();
    const answer = answerVendorCall(this.account, { method, url, headers: lowerCased(headers), body });
    const cut = fault === 'truncated' ? answer.body.length >> 1 : answer.body.length;
    return this.#respond({ ...answer, body: answer.body.slice(0, cut) });
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

  /** What a fault answers without carrying the call out. */
  #instead(fault: VendorFault): Answer | undefined {
    switch (fault) {
      case 'network':
        throw new HttpFailure('http-network', 'connection reset');
      case 'unavailable':
        return internalError();
      case 'rate-limited':
      case 'quota-spent':
        return rateLimited(20_000, this.account.behaviour);
      case 'page-of-html':
        return htmlAnswer(200);
      case 'truncated':
        return undefined;
    }
  }

  #respond({ status, headers, body }: Answer): HttpResponse {
    return { status, headers, body, date: instantFromMs(Math.floor(this.account.wallMs / 1_000) * 1_000) };
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
    return this.#account.shops.flatMap((shop) => {
      const rows = [...shop[this.name].all()].filter(({ status }) => status !== 'DELETED');
      return rows.map(({ id, text }) => ({ id, partition: shop.id, body: text }));
    });
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
