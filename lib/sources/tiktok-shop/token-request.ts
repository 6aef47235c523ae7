import { type Instant, plusMs } from '../../domain/instant.ts';
import { contentHash } from '../../domain/record.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, HttpFailure, type HttpResponse } from '../../ports/http.ts';
import { SourceFailure, type SourceFailureCode } from '../../ports/source.ts';
import type { AccessToken } from '../../ports/token-store.ts';
import type { TokenIssuer } from '../kit/access-tokens.ts';
import { isJsonObject, ownField, parseExactJson } from '../kit/exact-json.ts';
import { retryAfterMs } from '../kit/retry-after.ts';
import { readCode } from './fields.ts';
import type { TikTokAccount } from './settings.ts';
import type { SourceClock } from './source-clock.ts';

const REFUSED_PAUSE_MS = 60_000;
const FAILED_PAUSE_MS = 5_000;
/** Smaller numbers are no instants in epoch seconds: some services give a lifetime instead. */
const FIRST_EPOCH_SECOND = 1_000_000_000;
/** Larger ones are no seconds, but milliseconds. */
const FIRST_EPOCH_MS = 100_000_000_000;
const UNKNOWN_LIFETIME_MS = 900_000;
const TOKEN = /^[\x21-\x7e]{1,2048}$/;

export interface TokenRequestTools {
  readonly http: Http;
  readonly clock: Clock;
  readonly sourceClock: SourceClock;
}

/**
 * TikTok's authorization server. It may change the refresh token with every access token: the last one stored is used
 * for as long as it descends from the connection's own.
 */
export function tikTokTokenIssuer(account: TikTokAccount, tools: TokenRequestTools): TokenIssuer {
  return {
    name: 'TikTok Shop authorization',
    async request(last) {
      const { refreshToken } = account.secrets;
      const origin = contentHash(refreshToken);
      const current = last?.refresh?.origin === origin ? last.refresh.value : refreshToken;
      const { token, rotated } = await requestToken(account, current, tools);
      return rotated === refreshToken ? token : { ...token, refresh: { value: rotated, origin } };
    },
  };
}

interface Granted {
  readonly token: AccessToken;
  /** The refresh token to use from now on. */
  readonly rotated: string;
}

async function requestToken(account: TikTokAccount, refreshToken: string, tools: TokenRequestTools): Promise<Granted> {
  const { clock, sourceClock } = tools;
  const response = await send(account, refreshToken, tools);
  if (response.date !== undefined) sourceClock.heard(response.date);
  const answer = parseBody(response.body);
  const data = answer && ownField(answer, 'data');
  const granted = isJsonObject(data) ? data : {};
  const value = ownField(granted, 'access_token');
  if (response.status !== 200 || readCode(answer?.code) !== '0' || !isToken(value))
    throw refusal(response, answer, clock.now());
  const rotated = ownField(granted, 'refresh_token');
  const expiresAt = plusMs(clock.now(), lifetimeMs(ownField(granted, 'access_token_expire_in'), sourceClock.now()));
  return { token: { value, expiresAt }, rotated: isToken(rotated) ? rotated : refreshToken };
}

async function send(account: TikTokAccount, refreshToken: string, { http, clock }: TokenRequestTools) {
  const query = new URLSearchParams({
    app_key: account.settings.appKey,
    app_secret: account.secrets.appSecret,
    refresh_token: refreshToken,
    grant_type: 'refresh_token',
  });
  // In the URL, because the vendor takes them nowhere else.
  const url = `${account.accountsOrigin}/api/v2/token/refresh?${query.toString()}`;
  try {
    return await http.send({ method: 'GET', url, headers: { accept: 'application/json' } });
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw new SourceFailure('source-unavailable', 'TikTok Shop authorization: no answer to the token request', {
      retryAt: plusMs(clock.now(), FAILED_PAUSE_MS),
      cause: error,
    });
  }
}

/**
 * How long a token lasts that expires at an instant of the vendor's clock, in epoch seconds. Unreadable, it lasts a while:
 * one that has expired is refused, and one that seemed to have would be asked for anew with every call.
 */
function lifetimeMs(value: unknown, now: Instant): number {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !(number > 0)) return UNKNOWN_LIFETIME_MS;
  if (number < FIRST_EPOCH_SECOND) return number * 1_000;
  return Math.max(0, (number < FIRST_EPOCH_MS ? number * 1_000 : number) - now);
}

function parseBody(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const body = parseExactJson(text);
    return isJsonObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value);
}

function refusal(
  response: HttpResponse,
  answer: Readonly<Record<string, unknown>> | undefined,
  now: Instant,
): SourceFailure {
  const code = readCode(answer?.code);
  const where = code === undefined ? `HTTP ${response.status}` : `HTTP ${response.status}, code ${code}`;
  const failure = (failureCode: SourceFailureCode, words: string, pauseMs: number) =>
    new SourceFailure(failureCode, `TikTok Shop authorization: ${words} (${where})`, {
      status: response.status,
      retryAt: plusMs(now, pauseMs),
      ...(code === undefined ? {} : { vendorCode: code }),
    });
  if (response.status === 429) {
    const pauseMs = retryAfterMs(response.headers['retry-after'], response.date ?? now) ?? REFUSED_PAUSE_MS;
    return failure('source-rate-limited', 'too many tokens were asked for', Math.max(1_000, pauseMs));
  }
  if (response.status >= 500) return failure('source-unavailable', 'the token service is failing', FAILED_PAUSE_MS);
  if (answer !== undefined && code !== '0')
    return failure('source-unauthorized', 'the token request was refused', REFUSED_PAUSE_MS);
  return failure('source-malformed', 'the answer to the token request holds no token', FAILED_PAUSE_MS);
}
