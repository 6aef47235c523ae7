import { msBetween, plusMs } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import { SourceFailure } from '../../ports/source.ts';
import type { AccessToken, GivenUpRefresh, StoredToken, TokenStore } from '../../ports/token-store.ts';

const REFRESH_EARLY_MS = 300_000;
/** A token this close to its end may lapse before the call that carries it arrives. */
const MARGIN_MS = 10_000;
const LEASE_MS = 45_000;
const POLL_MS = 500;
const MAX_WAIT_MS = 15_000;
const FAILED_PAUSE_MS = 30_000;

/** What a refresh fails with; anything else is of another version. */
const CODES = ['source-unauthorized', 'source-rate-limited', 'source-malformed', 'source-unavailable'] as const;

/** The vendor's server that gives access tokens to one account. */
export interface TokenIssuer {
  /** As failures name it: `Zoho accounts`. */
  readonly name: string;
  /**
   * Asks for a new access token.
   * @param last the token stored before, with the refresh token that came with it, where the vendor changes those
   * @throws SourceFailure with `retryAt`, before which nobody should ask again
   */
  request(last: AccessToken | undefined): Promise<AccessToken>;
}

export interface AccessTokenTools {
  readonly connection: string;
  readonly tokens: TokenStore;
  readonly clock: Clock;
}

/**
 * The account's access token, shared by all Lambdas through the token store: one of them refreshes it, five minutes
 * early or half-way through a shorter life, and the others take what it stored.
 */
export class AccessTokens {
  readonly #issuer: TokenIssuer;
  readonly #tools: AccessTokenTools;
  #known: AccessToken | undefined;
  /** How long before its end a token is replaced: a short-lived one would be asked for anew with every call. */
  #earlyMs = REFRESH_EARLY_MS;

  constructor(issuer: TokenIssuer, tools: AccessTokenTools) {
    this.#issuer = issuer;
    this.#tools = tools;
  }

  /** A token that is not about to expire. @throws SourceFailure */
  async current(): Promise<AccessToken> {
    if (this.#known && this.#lasts(this.#known, this.#earlyMs)) return this.#known;
    const stored = await this.#read();
    if (stored.token && this.#lasts(stored.token, this.#earlyMs)) return this.#keep(stored.token);
    const fallback = stored.token && this.#lasts(stored.token, MARGIN_MS) ? stored.token : undefined;
    return this.#obtain(stored, (token) => this.#lasts(token, MARGIN_MS), fallback);
  }

  /** Another token than one the API has refused: what another worker has stored meanwhile, or a new one. @throws SourceFailure */
  async replacing(refused: AccessToken): Promise<AccessToken> {
    const isOther = (token: AccessToken) => token.value !== refused.value && this.#lasts(token, MARGIN_MS);
    const stored = await this.#read();
    if (stored.token && isOther(stored.token)) return this.#keep(stored.token);
    return this.#obtain(stored, isOther, undefined);
  }

  /**
   * Refreshes, or waits for whoever does; `fallback` is still good and spares the wait. Where a refresh was given up and
   * nobody may ask again for longer than that, waiting brings nothing: it fails as that one did.
   */
  async #obtain(
    seen: StoredToken,
    accept: (token: AccessToken) => boolean,
    fallback: AccessToken | undefined,
  ): Promise<AccessToken> {
    const { clock, tokens, connection } = this.#tools;
    const giveUpAt = clock.monotonicMs() + MAX_WAIT_MS;
    let stored = seen;
    for (;;) {
      if (await tokens.beginRefresh(connection, stored.version, LEASE_MS)) return this.#refresh(stored, fallback);
      if (fallback) return fallback;
      const leftMs = giveUpAt - clock.monotonicMs();
      if (stored.givenUp && msBetween(stored.givenUp.retryAt, clock.now()) > leftMs)
        throw givenUpBefore(stored.givenUp);
      if (leftMs <= 0) throw this.#noToken();
      await clock.sleep(POLL_MS);
      stored = await this.#read();
      if (stored.token && accept(stored.token)) return this.#keep(stored.token);
    }
  }

  async #refresh({ version, token: last }: StoredToken, fallback: AccessToken | undefined): Promise<AccessToken> {
    const { clock, tokens, connection } = this.#tools;
    try {
      const token = await this.#issuer.request(last);
      await tokens.finishRefresh(connection, version, token);
      this.#earlyMs = Math.min(REFRESH_EARLY_MS, Math.max(0, msBetween(token.expiresAt, clock.now())) / 2);
      return this.#keep(token);
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      await tokens.abandonRefresh(connection, version, {
        retryAt: error.retryAt ?? plusMs(clock.now(), FAILED_PAUSE_MS),
        code: error.code,
        reason: error.message,
      });
      if (fallback) return fallback;
      throw error;
    }
  }

  #read(): Promise<StoredToken> {
    return this.#tools.tokens.read(this.#tools.connection);
  }

  #keep(token: AccessToken): AccessToken {
    this.#known = token;
    return token;
  }

  #lasts(token: AccessToken, ms: number): boolean {
    return token.expiresAt > plusMs(this.#tools.clock.now(), ms);
  }

  #noToken(): SourceFailure {
    const words = `${this.#issuer.name}: another worker is still refreshing the access token`;
    return new SourceFailure('source-unavailable', words, {
      retryAt: plusMs(this.#tools.clock.now(), FAILED_PAUSE_MS),
    });
  }
}

function givenUpBefore({ code, reason, retryAt }: GivenUpRefresh): SourceFailure {
  return new SourceFailure(CODES.find((known) => known === code) ?? 'source-unavailable', reason, { retryAt });
}
