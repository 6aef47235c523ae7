import { EPOCH, type Instant, instantFromMs } from '../../../lib/domain/instant.ts';
import { SeededRandom } from '../seeded-random.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { SimulatorClock } from './simulator-clock.ts';

const WINDOW_MS = 600_000;
const MINTED_PER_WINDOW = 10;
const ACTIVE_TOKENS = 30;
const READ_SCOPE = 'ZohoCreator.report.READ';

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

export interface TokenOfficeOptions {
  readonly clock: SimulatorClock;
  readonly seed: number;
  readonly lifetimeSeconds: number;
}

export type TokenCheck = 'good' | 'bad' | 'without-scope';

/**
 * The accounts server of one user with one refresh token: at most 10 access tokens in 10 minutes, counted from the
 * first; at most 30 alive, the oldest goes first.
 */
export class TokenOffice {
  readonly credentials: Credentials;
  readonly #clock: SimulatorClock;
  readonly #random: SeededRandom;
  #lifetimeSeconds: number;
  #active: readonly { readonly value: string; readonly scope: string; readonly until: Instant }[] = [];
  #windowBegan = EPOCH;
  #minted = 0;
  #scope = READ_SCOPE;
  #refreshable = true;

  constructor(options: TokenOfficeOptions) {
    this.#clock = options.clock;
    this.#random = new SeededRandom(options.seed);
    this.#lifetimeSeconds = options.lifetimeSeconds;
    this.credentials = {
      clientId: `1000.${this.#random.hex(30).toUpperCase()}`,
      clientSecret: this.#random.hex(42),
      refreshToken: this.#makeToken(),
    };
  }

  /** Answers `POST /oauth/v2/token`. Refusals come with HTTP 200, except the block on too many tokens. */
  answer(parameters: URLSearchParams, apiDomain: string): Answer {
    const { clientId, clientSecret, refreshToken } = this.credentials;
    if (parameters.get('grant_type') !== 'refresh_token') return refusal('unsupported_grant_type');
    if (parameters.get('client_id') !== clientId) return refusal('invalid_client');
    if (parameters.get('client_secret') !== clientSecret) return refusal('invalid_client');
    if (parameters.get('refresh_token') !== refreshToken || !this.#refreshable) return refusal('invalid_code');
    if (!this.#mayMint()) return blocked();
    return jsonAnswer(200, {
      access_token: this.#mint(),
      scope: this.#scope,
      api_domain: apiDomain,
      token_type: 'Bearer',
      expires_in: this.#lifetimeSeconds,
    });
  }

  /** The vendor's scheme is `Zoho-oauthtoken`, not Bearer. */
  check(authorization: string | undefined): TokenCheck {
    const value = /^Zoho-oauthtoken (\S+)$/.exec(authorization ?? '')?.[1];
    const token = this.#active.find((active) => active.value === value && active.until > this.#clock.trueNow());
    if (!token) return 'bad';
    return token.scope.split(',').includes(READ_SCOPE) ? 'good' : 'without-scope';
  }

  /** Every access token given out so far stops working. */
  revokeAccessTokens(): void {
    this.#active = [];
  }

  /** Whether the refresh token works, as after the user took the grant back. */
  setRefreshable(refreshable: boolean): void {
    this.#refreshable = refreshable;
  }

  /** The scopes of tokens minted from now on, comma separated. */
  setScope(scope: string): void {
    this.#scope = scope;
  }

  setLifetime(seconds: number): void {
    this.#lifetimeSeconds = seconds;
  }

  #mayMint(): boolean {
    const now = this.#clock.trueNow();
    if (now >= this.#windowBegan + WINDOW_MS) {
      this.#windowBegan = now;
      this.#minted = 0;
    }
    return this.#minted < MINTED_PER_WINDOW;
  }

  #mint(): string {
    const value = this.#makeToken();
    const until = this.#clock.trueNow() + this.#lifetimeSeconds * 1000;
    this.#minted += 1;
    this.#active = [...this.#active, { value, scope: this.#scope, until: instantFromMs(until) }].slice(-ACTIVE_TOKENS);
    return value;
  }

  #makeToken(): string {
    return `1000.${this.#random.hex(32)}.${this.#random.hex(32)}`;
  }
}

function refusal(error: string): Answer {
  return jsonAnswer(200, { error });
}

function blocked(): Answer {
  return jsonAnswer(400, {
    error_description: 'You have made too many requests continuously. Please try again after some time.',
    error: 'Access Denied',
    status: 'failure',
  });
}
