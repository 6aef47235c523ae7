import { type Instant, plusMs } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, HttpFailure, type HttpResponse } from '../../ports/http.ts';
import { SourceFailure, type SourceFailureCode } from '../../ports/source.ts';
import type { AccessToken } from '../../ports/token-store.ts';
import type { TokenIssuer } from '../kit/access-tokens.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import type { ZohoAccount } from './settings.ts';

/** The documented lifetime. A larger `expires_in` is not believed: older services give milliseconds. */
const LIFETIME_SECONDS = 3_600;
/** Ten tokens in ten minutes are allowed; past that none is made for the rest of them. */
const BLOCKED_MS = 600_000;
/** A wrong secret does not heal by asking again at once. */
const REFUSED_PAUSE_MS = 60_000;
const FAILED_PAUSE_MS = 5_000;

/** The accounts server, which gives one refresh token's access tokens and never changes that refresh token. */
export function zohoTokenIssuer(account: ZohoAccount, http: Http, clock: Clock): TokenIssuer {
  return { name: 'Zoho accounts', request: () => requestToken(account, http, clock) };
}

/**
 * Asks the accounts server for an access token. One call; counts against ten in ten minutes.
 * @throws SourceFailure with `retryAt`, before which nobody should ask again
 */
async function requestToken(account: ZohoAccount, http: Http, clock: Clock): Promise<AccessToken> {
  const askedAt = clock.now();
  const response = await post(account, http, clock);
  const body = parseBody(response.body);
  const value = body && ownField(body, 'access_token');
  if (
    body === undefined ||
    response.status !== 200 ||
    typeof value !== 'string' ||
    !/^[\x21-\x7e]{1,2048}$/.test(value)
  ) {
    throw refusal(response, body, clock.now());
  }
  const apiDomain = ownField(body, 'api_domain');
  return {
    value,
    expiresAt: plusMs(askedAt, lifetimeSeconds(ownField(body, 'expires_in')) * 1000),
    ...(typeof apiDomain === 'string' ? { apiDomain } : {}),
  };
}

async function post(account: ZohoAccount, http: Http, clock: Clock): Promise<HttpResponse> {
  const { clientId, clientSecret, refreshToken } = account.secrets;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  });
  try {
    return await http.send({
      method: 'POST',
      url: `${account.accountsOrigin}/oauth/v2/token`,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      // In the body, although Zoho documents query parameters: a URL is what servers and proxies log.
      body: form.toString(),
    });
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const retryAt = plusMs(clock.now(), FAILED_PAUSE_MS);
    throw new SourceFailure('source-unavailable', 'Zoho accounts: no answer to the token request', {
      retryAt,
      cause: error,
    });
  }
}

function parseBody(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function lifetimeSeconds(value: unknown): number {
  const seconds = typeof value === 'string' ? Number(value) : value;
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, LIFETIME_SECONDS) : LIFETIME_SECONDS;
}

function refusal(
  response: HttpResponse,
  body: Readonly<Record<string, unknown>> | undefined,
  now: Instant,
): SourceFailure {
  const error = body && ownField(body, 'error');
  const description = body && ownField(body, 'error_description');
  const isBlocked = response.status === 429 || /too many requests/i.test(`${String(error)} ${String(description)}`);
  const failure = (code: SourceFailureCode, words: string, pauseMs: number) =>
    new SourceFailure(code, `Zoho accounts: ${words} (HTTP ${response.status})`, {
      status: response.status,
      retryAt: plusMs(now, pauseMs),
    });
  if (isBlocked) return failure('source-rate-limited', 'too many tokens were asked for within ten minutes', BLOCKED_MS);
  if (response.status >= 500) return failure('source-unavailable', 'the token service is failing', FAILED_PAUSE_MS);
  if (typeof error === 'string' && /^[A-Za-z_ ]{1,40}$/.test(error)) {
    return failure('source-unauthorized', `the token request was refused: ${error}`, REFUSED_PAUSE_MS);
  }
  if (response.status === 400 || response.status === 401 || response.status === 403) {
    return failure('source-unauthorized', 'the token request was refused', REFUSED_PAUSE_MS);
  }
  return failure('source-malformed', 'the answer to the token request holds no token', FAILED_PAUSE_MS);
}
