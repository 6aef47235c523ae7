import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../../lib/domain/instant.ts';
import { parseAccount } from '../../../../lib/sources/tiktok-shop/settings.ts';
import { SourceClock } from '../../../../lib/sources/tiktok-shop/source-clock.ts';
import { tikTokTokenIssuer } from '../../../../lib/sources/tiktok-shop/token-request.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';
import { ScriptedHttp } from '../../../support/scripted-http.ts';
import { tikTokConnection } from '../../../support/tiktok-connection.ts';

function answered(body: unknown) {
  const clock = new ManualClock();
  const parsed = parseAccount(tikTokConnection(), false);
  if (parsed.outcome === 'invalid') throw new Error(parsed.problems.join());
  const http = new ScriptedHttp(() => ({ body: JSON.stringify(body) }));
  const issuer = tikTokTokenIssuer(parsed.account, { http, clock, sourceClock: new SourceClock(clock) });
  return { clock, token: () => issuer.request(undefined) };
}

describe('an answer to a token request', () => {
  const second = new ManualClock().now() / 1_000;

  it.each([
    ['in seconds since 1970', second + 7_200, 7_200_000],
    ['as text', String(second + 7_200), 7_200_000],
    ['in milliseconds since 1970', (second + 7_200) * 1_000, 7_200_000],
    ['as a time to live', 7_200, 7_200_000],
    ['in the past', second - 1, 0],
    ['not at all', undefined, 900_000],
    ['as what is no number', 'soon', 900_000],
  ])('that tells the end of a token %s gives one that lasts as long', async (_, access_token_expire_in, ms) => {
    const { clock, token } = answered({ code: 0, data: { access_token: 'TTP_1', access_token_expire_in } });
    expect(await token()).toEqual({ value: 'TTP_1', expiresAt: plusMs(clock.now(), ms) });
  });

  it('is taken whether its code is a number or a text', async () => {
    const { token } = answered({ code: '0', data: { access_token: 'TTP_1', access_token_expire_in: second + 60 } });
    expect((await token()).value).toBe('TTP_1');
  });
});
