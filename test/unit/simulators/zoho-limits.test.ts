import { describe, expect, it } from 'vitest';
import { startZohoSimulator } from '../../simulators/zoho-creator/zoho-simulator.ts';
import { smallData } from './small-data.ts';
import { askForToken, HandClock, withZoho, type ZohoTestClient } from './zoho-test-client.ts';

const MORNING = '2026-11-21T01:00:00Z';

async function statuses(client: ZohoTestClient, calls: number): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: calls }, () => client.get()));
  return answers.map(({ status }) => status).sort((a, b) => a - b);
}

describe('limits on calls', () => {
  it('answer the 51st call of a minute with 429 and 2955, and forget calls after 60 seconds', async () => {
    const clock = new HandClock(MORNING);
    await withZoho({ data: smallData(1), clock: clock.read }, async (client) => {
      for (let call = 0; call < 50; call += 1) {
        expect((await client.get()).status).toBe(200);
        clock.ms += 1_000;
      }
      const refused = await client.get();
      expect(refused).toMatchObject({ status: 429, code: 2955 });
      expect(refused.headers.get('retry-after')).toBeNull();
      clock.ms += 10_000;
      expect((await client.get()).status).toBe(200);
      expect((await client.get()).status).toBe(429);
    });
  });

  it('can count whole minutes from the first call, and say when to come back', async () => {
    const clock = new HandClock(MORNING);
    const behaviour = { minuteWindow: 'fixed', retryAfter: 'seconds' } as const;
    await withZoho({ data: smallData(1), clock: clock.read, limits: { perMinute: 2 }, behaviour }, async (client) => {
      await client.get();
      clock.ms += 20_000;
      await client.get();
      expect((await client.get()).headers.get('retry-after')).toBe('40');
      client.simulator.control.setBehaviour({ retryAfter: 'date' });
      expect((await client.get()).headers.get('retry-after')).toBe('Sat, 21 Nov 2026 01:01:00 GMT');
      clock.ms += 40_000;
      expect(await statuses(client, 2)).toEqual([200, 200]);
    });
  });

  it('answer the seventh call at once with 429', () =>
    withZoho({ data: smallData(1), behaviour: { latencyMs: 80 } }, async (client) => {
      expect(await statuses(client, 7)).toEqual([200, 200, 200, 200, 200, 200, 429]);
      expect(await statuses(client, 6)).toEqual([200, 200, 200, 200, 200, 200]);
    }));

  it('answer a spent day with HTTP 200 and 4000 until midnight in the zone of the super admin', async () => {
    const clock = new HandClock(MORNING);
    const options = {
      data: smallData(1),
      clock: clock.read,
      limits: { perDay: 2 },
      tokenLifetimeSeconds: 86_400,
      superAdminZone: 'America/New_York',
    };
    await withZoho(options, async (client) => {
      await client.get();
      await client.get();
      const spent = await client.get();
      expect(spent).toMatchObject({ status: 200, code: 4000, data: [] });
      clock.ms = Date.parse('2026-11-21T04:59:59Z');
      expect((await client.get()).code).toBe(4000);
      clock.ms = Date.parse('2026-11-21T05:00:00Z');
      expect((await client.get()).code).toBe(3000);
    });
  });

  it('charge a refused call to nothing', () =>
    withZoho({ data: smallData(1), limits: { perMinute: 1 } }, async (client) => {
      expect(await statuses(client, 3)).toEqual([200, 429, 429]);
      expect(client.simulator.control.limits().dayUsed).toBe(1);
    }));
});

describe('tokens', () => {
  it('come with host, type and lifetime, ten in ten minutes from the first', async () => {
    const clock = new HandClock(MORNING);
    await withZoho({ data: smallData(1), clock: clock.read }, async ({ simulator }) => {
      clock.ms += 60_000;
      for (let token = 2; token <= 10; token += 1) {
        expect(await askForToken(simulator)).toMatchObject({
          status: 200,
          api_domain: simulator.url,
          token_type: 'Bearer',
          expires_in: 3600,
        });
      }
      expect(await askForToken(simulator)).toMatchObject({ status: 400, error: 'Access Denied' });
      clock.ms += 539_999;
      expect((await askForToken(simulator)).status).toBe(400);
      clock.ms += 1;
      expect((await askForToken(simulator)).access_token).toMatch(/^1000\./);
    });
  });

  it.each([
    ['client_id', 'invalid_client'],
    ['client_secret', 'invalid_client'],
    ['refresh_token', 'invalid_code'],
    ['grant_type', 'unsupported_grant_type'],
  ])('are refused for a wrong %s with HTTP 200 and %s', async (parameter, error) => {
    await withZoho({ data: 'empty' }, async ({ simulator }) => {
      const refusal = await askForToken(simulator, { [parameter]: 'wrong' });
      expect(refusal).toEqual({ status: 200, error });
    });
  });

  it('are also given to parameters in the query', async () => {
    const simulator = await startZohoSimulator({ data: 'empty' });
    const { clientId = '', clientSecret = '', refreshToken = '' } = simulator.connection().secrets;
    const query = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    });
    const response = await fetch(`${simulator.url}/oauth/v2/token?${query.toString()}`, { method: 'POST' });
    expect(await response.text()).toContain('"access_token":"1000.');
    await simulator.close();
  });

  it('expire, are revoked, and lack the scope: 1030, 1030, 2945', async () => {
    const clock = new HandClock(MORNING);
    await withZoho({ data: smallData(1), clock: clock.read }, async (client) => {
      const { control } = client.simulator;
      const withToken = async () => {
        const { access_token: token } = await askForToken(client.simulator);
        return { authorization: `Zoho-oauthtoken ${token}` };
      };
      clock.ms += 3_600_000;
      expect(await client.get()).toMatchObject({ status: 401, code: 1030 });
      const fresh = await withToken();
      expect((await client.get({}, fresh)).status).toBe(200);
      control.revokeTokens({ refreshToken: true });
      expect(await client.get({}, fresh)).toMatchObject({ status: 401, code: 1030 });
      expect(await askForToken(client.simulator)).toEqual({ status: 200, error: 'invalid_code' });
      control.restoreRefreshToken();
      control.setScope('ZohoCreator.form.CREATE');
      expect(await client.get({}, await withToken())).toMatchObject({ status: 401, code: 2945 });
    });
  });

  it('live thirty at a time: the thirty-first ends the first', async () => {
    const clock = new HandClock(MORNING);
    await withZoho({ data: smallData(1), clock: clock.read }, async (client) => {
      for (let token = 2; token <= 30; token += 1) {
        if (token % 10 === 1) clock.ms += 600_000;
        await askForToken(client.simulator);
      }
      expect((await client.get()).status).toBe(200);
      clock.ms += 600_000;
      await askForToken(client.simulator);
      expect((await client.get()).status).toBe(401);
    });
  });
});
