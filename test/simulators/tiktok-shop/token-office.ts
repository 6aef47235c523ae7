import type { SeededRandom } from '../seeded-random.ts';
import { type Answer, dataAnswer, refusal } from './answer.ts';
import type { TikTokBehaviour } from './options.ts';

export interface AppCredentials {
  readonly appKey: string;
  readonly appSecret: string;
}

export type TokenCheck = 'good' | 'expired' | 'unknown';

/** The authorization server of one application and one seller. */
export class TokenOffice {
  readonly app: AppCredentials;
  readonly #random: SeededRandom;
  readonly #issued = new Map<string, number>();
  #refreshToken: string;
  /** Still works, until the current one is used. */
  #formerRefreshToken: string | undefined;
  #isGranted = true;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.app = { appKey: random.hex(12), appSecret: random.hex(40) };
    this.#refreshToken = this.#make('ROW_');
  }

  get refreshToken(): string {
    return this.#refreshToken;
  }

  /** Answers `GET /api/v2/token/refresh`. */
  answer(
    query: URLSearchParams,
    clock: { readonly trueMs: number; readonly wallMs: number },
    behaviour: TikTokBehaviour,
  ) {
    const refused = (code: number, message: string): Answer => refusal(code, message, 400, behaviour);
    if (query.get('grant_type') !== 'refresh_token') return refused(36004003, 'grant type is invalid');
    if (query.get('app_key') !== this.app.appKey) return refused(36004002, 'app key is invalid');
    if (query.get('app_secret') !== this.app.appSecret) return refused(36004002, 'app secret is invalid');
    const token = query.get('refresh_token');
    const isKnown = token === this.#refreshToken || token === this.#formerRefreshToken;
    if (!isKnown || !this.#isGranted) return refused(36004005, 'refresh token is invalid');
    if (behaviour.rotatesRefreshTokens) this.#rotate(token);
    const value = this.#make('TTP_');
    this.#issued.set(value, clock.trueMs + behaviour.tokenLifetimeSeconds * 1_000);
    const wallSecond = Math.floor(clock.wallMs / 1_000);
    return dataAnswer(
      JSON.stringify({
        access_token: value,
        access_token_expire_in: wallSecond + behaviour.tokenLifetimeSeconds,
        refresh_token: this.#refreshToken,
        refresh_token_expire_in: wallSecond + 31_536_000,
        open_id: '7010736057180325637',
        seller_name: 'Tidemark Shop',
        seller_base_region: 'VN',
        user_type: 0,
      }),
    );
  }

  check(token: string | undefined, trueMs: number): TokenCheck {
    const until = this.#issued.get(token ?? '');
    if (until === undefined) return 'unknown';
    return trueMs < until ? 'good' : 'expired';
  }

  /** Every access token so far has expired. */
  expireAccessTokens(): void {
    for (const value of this.#issued.keys()) this.#issued.set(value, 0);
  }

  /** Whether the seller's authorization stands. */
  setGranted(granted: boolean): void {
    this.#isGranted = granted;
    if (!granted) this.expireAccessTokens();
  }

  #rotate(used: string | null): void {
    this.#formerRefreshToken = used === this.#refreshToken ? this.#refreshToken : undefined;
    if (used === this.#refreshToken) this.#refreshToken = this.#make('ROW_');
    else this.#formerRefreshToken = used ?? undefined;
  }

  #make(prefix: string): string {
    return `${prefix}${this.#random.hex(48)}`;
  }
}
