import { describe, expect, it } from 'vitest';
import { tikTokShop } from '../../../../lib/sources/tiktok-shop/tiktok-shop.ts';
import { TIKTOK_SECRETS, TIKTOK_SHOP, tikTokConnection } from '../../../support/tiktok-connection.ts';

const problems = (settings: Readonly<Record<string, unknown>>, allowLoopback = false) =>
  tikTokShop.problems(tikTokConnection(settings), { allowLoopback });

describe('the settings of a TikTok Shop connection', () => {
  it('are fine with an application key alone: shops are then discovered', () => {
    expect(problems({ shops: undefined })).toEqual([]);
  });

  it.each([
    ['an empty key', { appKey: '' }, 'settings.appKey'],
    ['no shop', { shops: [] }, 'settings.shops'],
    ['a shop twice', { shops: [TIKTOK_SHOP, TIKTOK_SHOP] }, 'settings.shops'],
    ['a shop by name', { shops: [{ ...TIKTOK_SHOP, id: 'mine' }] }, 'settings.shops.0.id'],
    ['a shop without its cipher', { shops: [{ id: '1' }] }, 'settings.shops.0.cipher'],
    ['more than a page holds', { pageSize: 101 }, 'settings.pageSize'],
    ['an unknown way of paging', { paging: 'offset' }, 'settings.paging'],
    ['an unknown setting', { colour: 'blue' }, 'colour'],
    ['another host', { apiHost: 'tiktok.example' }, 'settings.apiHost'],
    ['a host behind another', { accountsHost: 'https://auth.tiktok-shops.com.example' }, 'settings.accountsHost'],
    ['plain HTTP', { apiHost: 'http://127.0.0.1:4000' }, 'settings.apiHost'],
    ['no calls', { limits: { perMinute: 0 } }, 'settings.limits.perMinute'],
  ])('may not have %s', (_what, settings, named) => {
    expect(problems(settings).join('\n')).toContain(named);
  });

  it('may name a loopback address on the local host', () => {
    expect(problems({ apiHost: 'http://127.0.0.1:4000', accountsHost: 'http://127.0.0.1:4000' }, true)).toEqual([]);
  });

  it('tell all problems at once, and no secret', () => {
    const connection = tikTokConnection({ appKey: '', pageSize: 0 }, { secrets: { refreshToken: 'two words' } });
    const found = tikTokShop.problems(connection, { allowLoopback: false });
    expect(found).toHaveLength(4);
    expect(found.join()).not.toContain('two words');
  });

  it('keep to two calls a second unless they say otherwise', () => {
    expect(tikTokShop.limits(tikTokConnection())).toEqual({
      perMinute: 120,
      concurrent: 4,
      resetZone: 'UTC',
      callTimeoutMs: 30_000,
    });
    const more = tikTokConnection({ limits: { perMinute: 600, perDay: 50_000 } });
    expect(tikTokShop.limits(more)).toMatchObject({ perMinute: 600, concurrent: 4, perDay: 50_000 });
    expect(tikTokShop.problems({ ...more, secrets: TIKTOK_SECRETS }, { allowLoopback: false })).toEqual([]);
  });
});
