import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignedWebhook, signRequest } from '../../../../lib/sources/tiktok-shop/sign.ts';
import { signatureOf } from '../../../simulators/tiktok-shop/vendor-routes.ts';

/** The example of partner.tiktokshop.com/docv2/page/sign-your-api-request. */
const EXAMPLE = {
  secret: 'e59af819cc',
  path: '/authorization/202309/shops',
  query: { app_key: '29a39d', timestamp: '1623812664' },
  sign: 'b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8',
};

describe("a request's signature", () => {
  it("is that of the vendor's own example", () => {
    expect(signRequest(EXAMPLE.secret, EXAMPLE)).toBe(EXAMPLE.sign);
  });

  it('covers neither itself nor an access token, and does not depend on the order of parameters', () => {
    const { timestamp, app_key } = EXAMPLE.query;
    const query = { timestamp, sign: 'stale', access_token: 'x', app_key };
    expect(signRequest(EXAMPLE.secret, { ...EXAMPLE, query })).toBe(EXAMPLE.sign);
  });

  it('covers every byte of the body and every parameter', () => {
    const signed = (query: Readonly<Record<string, string>>, body?: string) =>
      signRequest('s', { path: '/a', query, ...(body === undefined ? {} : { body }) });
    const all = [
      signed({ a: '1' }),
      signed({ a: '2' }),
      signed({ a: '1', b: '' }),
      signed({ a: '1' }, '{}'),
      signed({ a: '1' }, '{ }'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is what the simulator, which reads the rule by itself, expects of the URL that is sent', () => {
    const word = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), word), word, (query, body) => {
        const url = new URL(`http://127.0.0.1/order/202309/orders?${new URLSearchParams(query).toString()}`);
        const sign = signRequest('secret', { path: url.pathname, query, body });
        expect(signatureOf({ url, body }, 'secret')).toBe(sign);
      }),
    );
  });
});

describe("a webhook's signature", () => {
  /** The example of partner.tiktokshop.com/docv2/page/tts-webhooks-overview. */
  const body = Buffer.from(
    '{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}',
  );
  const sign = '5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05';
  const app = { key: 'abcdef', secret: '123' };

  it("is that of the vendor's own example", () => {
    expect(isSignedWebhook(app, body, sign)).toBe(true);
  });

  it.each([
    ['another secret', { ...app, secret: '124' }, body, sign],
    ['another application', { ...app, key: 'abcdeg' }, body, sign],
    ['a changed byte', app, Buffer.concat([body.subarray(0, -1), Buffer.from(' ')]), sign],
    ['no signature', app, body, ''],
    ['half a signature', app, body, sign.slice(0, 32)],
    ['a longer signature', app, body, `${sign}00`],
    ['letters that are no digits', app, body, `zz${sign.slice(2)}`],
  ])('is refused with %s', (_what, claimedApp, bytes, signature) => {
    expect(isSignedWebhook(claimedApp, bytes, signature)).toBe(false);
  });
});
