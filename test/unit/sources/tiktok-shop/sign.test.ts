import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signRequest } from '../../../../lib/sources/tiktok-shop/sign.ts';
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
