import { describe, expect, it } from 'vitest';
import { msBetween, plusMs } from '../../../../lib/domain/instant.ts';
import { HttpFailure } from '../../../../lib/ports/http.ts';
import { SourceFailure } from '../../../../lib/ports/source.ts';
import { AccessTokens } from '../../../../lib/sources/kit/access-tokens.ts';
import { parseAccount } from '../../../../lib/sources/zoho-creator/settings.ts';
import { zohoTokenIssuer } from '../../../../lib/sources/zoho-creator/token-request.ts';
import { InMemoryTokenStore } from '../../../fakes/in-memory-token-store.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { ScriptedHttp } from '../../../support/scripted-http.ts';
import { zohoConnection } from '../../../support/zoho-connection.ts';

type Script = ConstructorParameters<typeof ScriptedHttp>[0];

const granted = (value: string, more: object = {}) => ({
  body: JSON.stringify({ access_token: value, expires_in: 3600, token_type: 'Bearer', ...more }),
});
const numbered: Script = (_request, call) => granted(`token-${call + 1}`);

function worlds(script: Script = numbered) {
  const clock = new ManualClock();
  const http = new ScriptedHttp(script);
  const store = new InMemoryTokenStore(clock);
  const parsed = parseAccount(zohoConnection(), false);
  if (parsed.outcome === 'invalid') throw new Error(parsed.problems.join());
  const issuer = zohoTokenIssuer(parsed.account, http, clock);
  const worker = () => new AccessTokens(issuer, { connection: 'main', tokens: store.another(), clock });
  return { clock, http, store, worker };
}

async function failureOf(run: Promise<unknown>): Promise<SourceFailure> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceFailure)) throw new Error('no source failure');
  return error;
}

describe('the access token', () => {
  it('is asked for once by any number of workers', async () => {
    const { http, worker } = worlds();
    const tokens = await Promise.all(Array.from({ length: 12 }, () => worker().current()));
    expect(tokens.map(({ value }) => value)).toEqual(Array(12).fill('token-1'));
    expect(http.requests).toHaveLength(1);
  });

  it('is asked for with the secrets in the body and none in the URL', async () => {
    const { http, worker } = worlds();
    await worker().current();
    const request = http.requests[0];
    expect(request).toMatchObject({ method: 'POST', url: 'https://accounts.zoho.com/oauth/v2/token' });
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: '1000.CLIENT',
      client_secret: 'client-secret-1',
      refresh_token: '1000.refresh.token',
    });
  });

  it('is used for 55 minutes of its hour', async () => {
    const { clock, http, worker } = worlds();
    const tokens = worker();
    await tokens.current();
    clock.advance(54 * 60_000);
    expect((await tokens.current()).value).toBe('token-1');
    expect((await worker().current()).value).toBe('token-1');
    clock.advance(2 * 60_000);
    expect((await tokens.current()).value).toBe('token-2');
    expect(http.requests).toHaveLength(2);
  });

  it('that lasts less than the refresh comes early is used for half of its time', async () => {
    const { clock, http, worker } = worlds((_request, call) => granted(`token-${call + 1}`, { expires_in: 120 }));
    const tokens = worker();
    for (let call = 0; call < 5; call += 1) expect((await tokens.current()).value).toBe('token-1');
    clock.advance(59_000);
    expect((await tokens.current()).value).toBe('token-1');
    clock.advance(2_000);
    expect((await tokens.current()).value).toBe('token-2');
    expect(http.requests).toHaveLength(2);
  });

  it('lasts an hour even when the vendor counts in milliseconds', async () => {
    const { clock, worker } = worlds(() => granted('t', { expires_in: 3_600_000 }));
    expect((await worker().current()).expiresAt).toBe(plusMs(clock.now(), 3_600_000));
  });

  it('goes on being used in its last minutes when a refresh fails or is under way', async () => {
    const { clock, store, worker } = worlds((_request, call) =>
      call === 0 ? granted('token-1') : { status: 500, body: '' },
    );
    await worker().current();
    clock.advance(56 * 60_000);
    expect((await worker().current()).value).toBe('token-1');
    clock.advance(6_000);
    await store.beginRefresh('main', 1, 60_000);
    expect((await worker().current()).value).toBe('token-1');
  });

  it('is replaced once when several workers are refused with it', async () => {
    const { http, worker } = worlds();
    const refused = await worker().current();
    const replacements = await Promise.all(Array.from({ length: 5 }, () => worker().replacing(refused)));
    expect(replacements.map(({ value }) => value)).toEqual(Array(5).fill('token-2'));
    expect(http.requests).toHaveLength(2);
  });

  it('is waited for while another worker fetches it, but not for ever', async () => {
    const { clock, http, store, worker } = worlds();
    await store.beginRefresh('main', 0, 3_600_000);
    const before = clock.now();
    const failure = await failureOf(worker().current());
    expect(failure.code).toBe('source-unavailable');
    expect(msBetween(clock.now(), before)).toBeLessThanOrEqual(16_000);
    expect(http.requests).toHaveLength(0);
  });

  it('is fetched by another worker when the first dies', async () => {
    const { store, worker } = worlds();
    await store.beginRefresh('main', 0, 5_000);
    expect((await worker().current()).value).toBe('token-1');
  });

  it.each([
    ['a wrong client', 200, '{"error":"invalid_client"}', 'source-unauthorized', 60_000],
    ['a revoked refresh token', 400, '{"error":"invalid_code"}', 'source-unauthorized', 60_000],
    [
      'the block after ten tokens',
      400,
      '{"error":"Access Denied","error_description":"You have made too many requests continuously."}',
      'source-rate-limited',
      600_000,
    ],
    ['status 429', 429, '', 'source-rate-limited', 600_000],
    ['a failing service', 502, '<html>', 'source-unavailable', 5_000],
    ['an answer without a token', 200, '{"token_type":"Bearer"}', 'source-malformed', 5_000],
    ['a token that is no text', 200, '{"access_token":{}}', 'source-malformed', 5_000],
    ['a page', 200, '<html>', 'source-malformed', 5_000],
  ])(
    'is not given by %s, and nobody asks again before the pause is over',
    async (_what, status, body, code, pauseMs) => {
      const { clock, http, store, worker } = worlds(() => ({ status, body }));
      const failure = await failureOf(worker().current());
      expect(failure.code).toBe(code);
      expect(failure.retryAt).toBe(plusMs(clock.now(), pauseMs));
      expect(await store.beginRefresh('main', 0, 1)).toBe(false);
      clock.advance(pauseMs);
      expect(await store.beginRefresh('main', 0, 1)).toBe(true);
      expect(http.requests).toHaveLength(1);
    },
  );

  it('is known to be refused, and why, by all who come before anybody may ask again: nobody waits in vain', async () => {
    const { clock, http, worker } = worlds(() => ({ status: 200, body: '{"error":"invalid_code"}' }));
    const first = await failureOf(worker().current());
    const before = clock.now();
    const second = await failureOf(worker().current());
    expect([second.code, second.message, second.retryAt]).toEqual([first.code, first.message, first.retryAt]);
    expect(clock.now()).toBe(before);
    expect(http.requests).toHaveLength(1);
  });

  it('is asked for again by who waits, when a failing service may be asked again soon', async () => {
    const { http, worker } = worlds((_request, call) => (call === 0 ? { status: 500, body: '' } : granted('token-1')));
    await failureOf(worker().current());
    expect((await worker().current()).value).toBe('token-1');
    expect(http.requests).toHaveLength(2);
  });

  it('is out of reach when the network is, and the failure names no secret', async () => {
    const { worker } = worlds(() => {
      throw new HttpFailure('http-timeout', 'accounts.zoho.com did not answer in time');
    });
    const failure = await failureOf(worker().current());
    expect([failure.code, failure.retryable]).toEqual(['source-unavailable', true]);
    expect(`${failure.message} ${String(failure.cause)}`).not.toMatch(/client-secret-1|refresh\.token/);
  });
});
