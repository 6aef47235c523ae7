import { describe, expect, it } from 'vitest';
import { type Instant, plusMs } from '../../../../lib/domain/instant.ts';
import { SourceFailure } from '../../../../lib/ports/source.ts';
import { Mirror } from '../../../contract/source/mirror.ts';
import { SeededRandom } from '../../../simulators/seeded-random.ts';
import type { TikTokBehaviour } from '../../../simulators/tiktok-shop/options.ts';
import type { StreamName } from '../../../simulators/tiktok-shop/tiktok-account.ts';
import { present } from '../../../support/present.ts';
import { ShopWorld } from './shop-world.ts';

const SEEDS = 40;
/** As the default policy has it: overlap and settle delay. */
const REREAD_MS = 330_000;
/** How long ago records were there at first, in seconds. */
const AGES = [0, 300, 600, 3_600, 86_400] as const;
const MOST_PAGES = 500;

interface Variant {
  readonly stream: StreamName;
  readonly pageTokens: TikTokBehaviour['pageTokens'];
  readonly paging: 'tokens' | 'keyset';
}

const VARIANTS: readonly Variant[] = [
  { stream: 'orders', pageTokens: 'name-a-row', paging: 'tokens' },
  { stream: 'orders', pageTokens: 'name-a-row', paging: 'keyset' },
  { stream: 'orders', pageTokens: 'count-rows', paging: 'keyset' },
  { stream: 'products', pageTokens: 'name-a-row', paging: 'tokens' },
  { stream: 'products', pageTokens: 'count-rows', paging: 'tokens' },
];

/** A shop whose records change while it is read, and what a cache of it would hold. */
class MovingShop {
  readonly world: ShopWorld;
  readonly mirror = new Mirror();
  readonly #stream: StreamName;
  readonly #random: SeededRandom;

  constructor({ stream, pageTokens, paging }: Variant, seed: number) {
    const random = new SeededRandom(seed);
    const behaviour = {
      pageTokens,
      indexLagMs: random.pick([0, 0, 2_000, 20_000, 60_000]),
      pageTokenLifetimeMs: random.pick([1_800_000, 30_000]),
    };
    const skewMs = random.pick([0, 0, 20_000, -20_000]);
    this.world = new ShopWorld({ shops: 1, pageSize: 3 + random.integer(6), skewMs, behaviour }, { paging });
    this.#stream = stream;
    this.#random = random;
    const count = 5 + random.integer(60);
    for (let record = 0; record < count; record += 1) {
      const ageMs = random.pick(AGES) * 1_000 + random.integer(200) * 1_000;
      this.world.vendor.account.insert(stream, this.world.shop, ageMs);
    }
    this.world.clock.advance(behaviour.indexLagMs);
  }

  truth() {
    return new Map(this.world.vendor.account.records(this.#stream).map((record) => [record.id, record]));
  }

  stir(): void {
    const { account } = this.world.vendor;
    if (this.#random.fraction() < 0.6) this.world.clock.advance(this.#random.integer(4_000));
    for (let change = this.#random.integer(3); change > 0; change -= 1) {
      const ids = [...this.truth().keys()];
      if (this.#random.fraction() < 0.8) account.edit(this.#stream, this.#random.pick(ids));
      else account.insert(this.#stream, this.world.shop);
    }
  }

  /** Reads a query to its end, from its beginning again when it is told to. @returns when it began, by the shop's clock */
  async read(since?: Instant): Promise<Instant> {
    for (;;) {
      try {
        return await this.#walk(since);
      } catch (error) {
        if (!(error instanceof SourceFailure) || error.code !== 'source-cursor-expired') throw error;
      }
    }
  }

  async #walk(since?: Instant): Promise<Instant> {
    const query = { stream: this.#stream, partition: this.world.shop, ...(since === undefined ? {} : { since }) };
    let began: Instant | undefined;
    let cursor: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = await this.world.open().read(query, cursor);
      began ??= page.servedAt;
      this.mirror.apply(page);
      cursor = page.next;
      if (cursor === undefined) return present(began, 'a beginning');
    }
    throw new Error('the walk does not end');
  }
}

describe.each(VARIANTS)(
  '$stream that change while they are read, with tokens that $pageTokens and paging by $paging',
  (variant) => {
    it('are all there after a full, three deltas over it and a quiet one', async () => {
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const shop = new MovingShop(variant, seed);
        const { clock, vendor } = shop.world;
        vendor.beforePage = () => shop.stir();
        let began = await shop.read();
        for (let delta = 0; delta < 3; delta += 1) {
          clock.advance(delta * 140_000);
          began = await shop.read(plusMs(began, -REREAD_MS));
        }
        vendor.beforePage = () => {};
        clock.advance(120_000);
        await shop.read(plusMs(began, -REREAD_MS));
        expect({ seed, records: shop.mirror.records() }).toEqual({ seed, records: shop.truth() });
      }
    });
  },
);
