/** What the vendor grants. */
export interface TikTokLimits {
  /** Calls of one application and all its shops, in any minute. */
  readonly perMinute: number;
}

/** Where the vendor's behaviour is undocumented or known to vary: each can be chosen. */
export interface TikTokBehaviour {
  /** Whether a page token names the last row served or counts rows: then one that leaves shifts those behind it. */
  readonly pageTokens: 'name-a-row' | 'count-rows';
  readonly pageTokenLifetimeMs: number;
  /** How long after a write a search still sees the version before it. */
  readonly indexLagMs: number;
  /** Whether refusals come with HTTP 200, or with a status that fits. */
  readonly refusalStatus: 'ok' | 'fitting';
  /** What an order query does with an id that the shop does not have. */
  readonly unknownIds: 'refuse-all' | 'leave-out';
  readonly retryAfter: 'absent' | 'seconds';
  /** Whether each refresh brings another refresh token; the one before works until the new one is used. */
  readonly rotatesRefreshTokens: boolean;
  readonly tokenLifetimeSeconds: number;
  /** Records that a page never exceeds, whatever is asked for. */
  readonly mostPerPage: number;
}

export const DEFAULT_BEHAVIOUR: TikTokBehaviour = {
  pageTokens: 'name-a-row',
  pageTokenLifetimeMs: 1_800_000,
  indexLagMs: 0,
  refusalStatus: 'ok',
  unknownIds: 'refuse-all',
  retryAfter: 'absent',
  rotatesRefreshTokens: true,
  tokenLifetimeSeconds: 604_800,
  mostPerPage: 100,
};

export interface TikTokSimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly seed?: number;
  /** How many shops there are; 1 by default. */
  readonly shops?: number;
  /** How many orders the first shop has had, generated as they are asked for; 314,200 by default. */
  readonly orders?: number;
  /** How many products each shop has; 40 by default. */
  readonly products?: number;
  readonly limits?: Partial<TikTokLimits>;
  /** Epoch milliseconds; the machine's clock by default. */
  readonly clock?: () => number;
  /** How far the server's clock is ahead of `clock`. */
  readonly skewMs?: number;
  readonly behaviour?: Partial<TikTokBehaviour>;
}

export type TikTokSetup = Required<Omit<TikTokSimulatorOptions, 'limits' | 'behaviour'>> & {
  readonly limits: TikTokLimits;
  readonly behaviour: TikTokBehaviour;
};

export function completeOptions(options: TikTokSimulatorOptions): TikTokSetup {
  return {
    port: options.port ?? 0,
    seed: options.seed ?? 1,
    shops: options.shops ?? 1,
    orders: options.orders ?? 314_200,
    products: options.products ?? 40,
    clock: options.clock ?? Date.now,
    skewMs: options.skewMs ?? 0,
    limits: { perMinute: 600, ...options.limits },
    behaviour: { ...DEFAULT_BEHAVIOUR, ...options.behaviour },
  };
}
