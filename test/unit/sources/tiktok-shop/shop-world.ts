import type { Connection } from '../../../../lib/ports/connections.ts';
import type { HttpRequest } from '../../../../lib/ports/http.ts';
import type {
  CheckFinding,
  Source,
  SourceCalls,
  SourcePage,
  SourceQuery,
  SourceResponse,
  SourceTools,
} from '../../../../lib/ports/source.ts';
import { accountCheck } from '../../../../lib/sources/kit/account-source.ts';
import { checkAccount } from '../../../../lib/sources/tiktok-shop/check.ts';
import { tikTokAccounts } from '../../../../lib/sources/tiktok-shop/tiktok-accounts.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../../fakes/seeded-randomness.ts';
import type { TikTokSimulatorOptions } from '../../../simulators/tiktok-shop/options.ts';
import { TikTokVendor } from '../../../simulators/tiktok-shop/tiktok-vendor.ts';

const NO_LIMIT = { perMinute: 1_000_000 };

/** A simulated seller, and its source without a call budget: every call goes straight to the vendor. */
export class ShopWorld implements SourceCalls {
  readonly clock = new ManualClock();
  readonly vendor: TikTokVendor;
  readonly store: InMemoryTokenStore;
  readonly requests: HttpRequest[] = [];
  readonly #settings: Readonly<Record<string, unknown>>;

  constructor(
    simulator: TikTokSimulatorOptions & { readonly pageSize?: number } = {},
    settings: Readonly<Record<string, unknown>> = {},
  ) {
    const { pageSize, ...more } = simulator;
    const nowMs = (): number => this.clock.now();
    this.vendor = new TikTokVendor(
      { nowMs, seed: 3, ...(pageSize === undefined ? {} : { pageSize }) },
      { limits: NO_LIMIT, ...more },
    );
    this.store = new InMemoryTokenStore(this.clock);
    this.#settings = settings;
  }

  /** Another Lambda: nothing is remembered but the token. */
  open(): Source {
    return this.vendor.kind.open(this.#connection(), this.#tools());
  }

  check(): Promise<readonly CheckFinding[]> {
    return accountCheck(tikTokAccounts, checkAccount).check(this.#connection(), this.#tools());
  }

  #connection(): Connection {
    const { settings, ...connection } = this.vendor.connection('main');
    return { ...connection, settings: { ...settings, ...this.#settings } };
  }

  #tools(): SourceTools {
    return {
      calls: this,
      http: this.vendor,
      tokens: this.store.another(),
      clock: this.clock,
      randomness: new SeededRandomness(),
      allowLoopback: true,
    };
  }

  async send(request: HttpRequest): Promise<SourceResponse> {
    this.requests.push(request);
    const response = await this.vendor.send(request);
    return { ...response, date: response.date ?? this.clock.now(), order: this.requests.length };
  }

  get shop(): string {
    return this.vendor.account.shops[0]?.id ?? '';
  }

  /** All pages of a query, each read by whom `open` gives. */
  async walk(query: SourceQuery, open: () => Source = () => this.open()): Promise<readonly SourcePage[]> {
    const pages: SourcePage[] = [];
    let cursor: string | undefined;
    do {
      const page: SourcePage = await open().read(query, cursor);
      pages.push(page);
      cursor = page.next;
    } while (cursor !== undefined && pages.length < 5_000);
    return pages;
  }
}

export function idsOf(pages: readonly SourcePage[]): ReadonlySet<string> {
  return new Set(pages.flatMap(({ records }) => records.map(({ id }) => id)));
}
