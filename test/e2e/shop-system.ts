import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import * as z from 'zod';
import { type LocalHost, startLocalHost } from '../../infra/local/host.ts';
import { metaKey, NO_SEGMENT, parseSegments, recordsKey } from '../../lib/domain/cache-layout.ts';
import { TidemarkReader } from '../../lib/reader/tidemark-reader.ts';
import { startTikTokSimulator, type TikTokSimulator } from '../simulators/tiktok-shop/tiktok-simulator.ts';
import { present } from '../support/present.ts';
import { type Cache, REDIS_TOKEN, startCache } from './cache.ts';
import { PassingTime } from './passing-time.ts';

const CONNECTION = 'main';
const ORDERS = { connection: CONNECTION, stream: 'orders', partitionKind: 'shop' } as const;
const INTERVAL_SECONDS = 300;
const LOOK_MS = 250;
/** Without a step for so long, what a dead worker left behind is taken to have lapsed. */
const STANDSTILL_MS = 4_000;
const PATIENCE_MS = 1_200_000;
const SHOWN_DIFFERENCES = 10;

const answer = z.object({
  loaded: z.boolean(),
  full: z.nullable(
    z.looseObject({
      progress: z.nullable(z.object({ percent: z.number(), remainingSeconds: z.nullable(z.number()) })),
    }),
  ),
});

export interface LoadProgress {
  readonly loaded: boolean;
  /** 0 before the first page. */
  readonly percent: number;
  readonly remainingSeconds: number | null;
}

export interface ShopOptions {
  readonly orders: number;
  /** How long the five minutes of the planner's interval last. */
  readonly intervalSeconds: number;
  /** Keeps the tables over a restart. */
  readonly dataDir: string;
}

/** The synthesized stack with its deployed bundles and a simulated shop with many orders. */
export class ShopSystem {
  readonly simulator: TikTokSimulator;
  readonly #options: ShopOptions;
  readonly #cache: Cache;
  #host: LocalHost;
  /** Of hosts that are gone. */
  #peakMb = 0;

  static async start(options: ShopOptions): Promise<ShopSystem> {
    const simulator = await startTikTokSimulator({ orders: options.orders, limits: { perMinute: 1_000_000 } });
    const cache = await startCache();
    return new ShopSystem(simulator, cache, options, await startHost(simulator, cache, options));
  }

  private constructor(simulator: TikTokSimulator, cache: Cache, options: ShopOptions, host: LocalHost) {
    this.simulator = simulator;
    this.#cache = cache;
    this.#options = options;
    this.#host = host;
  }

  get shop(): string {
    return present(this.simulator.control.shops()[0], 'a shop').id;
  }

  async plan(): Promise<void> {
    await this.#host.fire('plan');
  }

  /** Kills whoever works. @returns how many did */
  kill(): number {
    return this.#host.killEnvironments('Sync');
  }

  /** Ends the host in the middle of what it does; tables and cache stay, and what was on the queues is gone. */
  async restart(): Promise<void> {
    this.#peakMb = await this.peakMb();
    await this.#host.close();
    this.#host = await startHost(this.simulator, this.#cache, this.#options);
  }

  /** The most memory that a sync function has used. */
  async peakMb(): Promise<number> {
    const { functions } = await this.#host.meters();
    const own = Object.entries(functions).find(([name]) => name.startsWith('SyncFunction'))?.[1].peakMb ?? 0;
    return Math.max(own, this.#peakMb);
  }

  async progress(): Promise<LoadProgress> {
    const response = await fetch(`${this.#host.apiUrl}/v1/status/${CONNECTION}/orders/${this.shop}`, {
      headers: { authorization: `Bearer ${this.#host.tokens.read}` },
      signal: AbortSignal.timeout(30_000),
    });
    const { loaded, full } = answer.parse(await response.json());
    const { percent = 0, remainingSeconds = null } = full?.progress ?? {};
    return { loaded, percent: loaded ? 100 : percent, remainingSeconds };
  }

  /** Waits until this part of the orders has been read. */
  until(part: number): Promise<void> {
    return this.#wait(({ percent }) => percent >= part * 100);
  }

  untilLoaded(): Promise<void> {
    return this.#wait(({ loaded }) => loaded);
  }

  /** Waits until applications read these orders as they are. @throws Error when the load ends first */
  async seenByReaders(ids: readonly string[]): Promise<void> {
    const reader = this.#reader();
    await this.#wait(async ({ loaded }) => {
      if (loaded) throw new Error('the load ended before readers saw what changed');
      const seen = await Promise.all(ids.map((id) => reader.get(ORDERS, this.shop, id)));
      return seen.every((record, index) => record?.raw === this.#truth(ids[index] ?? ''));
    });
  }

  /** What is not exactly once and to the byte in the cache; empty when all is. */
  async differences(): Promise<readonly string[]> {
    const { control } = this.simulator;
    const seen = new Set<string>();
    const found: string[] = [];
    for await (const { id, raw } of this.#reader().list(ORDERS, this.shop)) {
      seen.add(id);
      if (raw !== this.#truth(id)) found.push(`${id} differs`);
    }
    const expected = present(control.shops()[0], 'a shop').orders;
    if (seen.size !== expected) found.push(`${seen.size} orders of ${expected}`);
    const copies = await this.#copies();
    if (copies !== expected) found.push(`${copies} copies of ${expected} orders`);
    return found.slice(0, SHOWN_DIFFERENCES);
  }

  async close(): Promise<void> {
    await this.#host.close();
    await this.simulator.close();
    await this.#cache.close();
  }

  #truth(id: string): string | undefined {
    return this.simulator.control.record('orders', id)?.text;
  }

  #reader(): TidemarkReader {
    return new TidemarkReader({ url: this.#cache.gateway.url, token: REDIS_TOKEN });
  }

  /** Over all segments: an order in two of them would be there twice. */
  async #copies(): Promise<number> {
    const segments = await this.#redis('HGET', metaKey('shop', this.shop, 'orders'), 'segments');
    let copies = 0;
    for (const segment of [NO_SEGMENT, ...parseSegments(String(segments ?? ''))]) {
      const key = recordsKey('shop', this.shop, 'orders', segment === NO_SEGMENT ? undefined : segment);
      copies += Number(await this.#redis('HLEN', key));
    }
    return copies;
  }

  async #redis(...command: readonly string[]): Promise<string | number | null> {
    const response = await fetch(this.#cache.gateway.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${REDIS_TOKEN}` },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(30_000),
    });
    return z.object({ result: z.union([z.string(), z.number(), z.null()]) }).parse(await response.json()).result;
  }

  async #wait(isSo: (progress: LoadProgress) => boolean | Promise<boolean>): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    let [mark, movedAt] = ['', Date.now()];
    while (Date.now() < until) {
      const progress = await this.#look();
      if (progress === undefined) continue;
      if (await isSo(progress)) return;
      const now = JSON.stringify([progress.percent, this.simulator.control.calls().orders]);
      if (now !== mark) [mark, movedAt] = [now, Date.now()];
      if (Date.now() - movedAt > STANDSTILL_MS) {
        await this.#letTimePass();
        movedAt = Date.now();
      }
      await sleep(LOOK_MS);
    }
    throw new Error('nothing moved for too long');
  }

  /** Nothing, while the machine has other things to do. */
  async #look(): Promise<LoadProgress | undefined> {
    try {
      return await this.progress();
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') return undefined;
      throw error;
    }
  }

  /** Pauses end, leases of the dead lapse, and the planner comes round. */
  async #letTimePass(): Promise<void> {
    const time = new PassingTime(this.#host.endpoints.dynamodb, present(this.#host.tableNames[0], 'the table'));
    await time.endLimits();
    await time.endLeases(`${CONNECTION}#orders`);
    await this.plan();
  }
}

function startHost(simulator: TikTokSimulator, { gateway }: Cache, options: ShopOptions): Promise<LocalHost> {
  const entry = simulator.connection(CONNECTION);
  return startLocalHost({
    assemblyDir: inject('assemblyDir'),
    connections: [{ ...entry, policy: { streams: { products: { enabled: false } } } }],
    schedules: false,
    fast: INTERVAL_SECONDS / options.intervalSeconds,
    redeliverySeconds: 1,
    longestDelaySeconds: 1,
    upstash: { url: gateway.url, token: REDIS_TOKEN },
    dataDir: options.dataDir,
  });
}
