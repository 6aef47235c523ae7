import type { Instant } from '../domain/instant.ts';

export interface AccessToken {
  readonly value: string;
  /** By this machine's clock. */
  readonly expiresAt: Instant;
  /** What the token response says about the API host, where it says anything. */
  readonly apiDomain?: string;
  /** The refresh token that came with it, at vendors that change those. */
  readonly refresh?: RotatedRefreshToken;
}

/** A refresh token that has taken the place of the connection's own. */
export interface RotatedRefreshToken {
  readonly value: string;
  /** Names the connection's own, without telling it: once that is another, this one no longer counts. */
  readonly origin: string;
}

export interface StoredToken {
  readonly token: AccessToken | undefined;
  /** Rises with every stored token. */
  readonly version: number;
  /** Of the last refresh, where it was given up and nobody has begun another. */
  readonly givenUp?: GivenUpRefresh;
}

/** Why there is no new token, and before when nobody should ask for one. */
export interface GivenUpRefresh {
  readonly retryAt: Instant;
  /** Of the failure. */
  readonly code: string;
  /** In words; holds no secret. */
  readonly reason: string;
}

/** One access token per connection, shared by all Lambdas. Refreshing is single flight: only a lease holder may. */
export interface TokenStore {
  read(connection: string): Promise<StoredToken>;
  /**
   * Takes the right to refresh for `leaseMs`, if nobody holds it and the stored version is still `version`.
   * @returns whether it was taken
   */
  beginRefresh(connection: string, version: number, leaseMs: number): Promise<boolean>;
  /** Stores a fresh token and gives the right back. Does nothing when the right was lost. */
  finishRefresh(connection: string, version: number, token: AccessToken): Promise<void>;
  /** Gives the right back without a token: another may try after `retryAt`, and until then knows why. */
  abandonRefresh(connection: string, version: number, givenUp: GivenUpRefresh): Promise<void>;
}
