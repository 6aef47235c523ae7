import type { TikTokAccount } from './tiktok-account.ts';

/** An entry of a connection file that syncs from this simulator. */
export interface TikTokConnectionEntry {
  readonly id: string;
  readonly source: 'tiktok-shop';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** @param url of the server, which is both hosts */
export function connectionEntry(
  id: string,
  url: string,
  { tokens, limits, shops }: TikTokAccount,
): TikTokConnectionEntry {
  const settings = {
    appKey: tokens.app.appKey,
    shops: shops.map((shop) => ({ id: shop.id, cipher: shop.cipher, name: shop.name })),
    limits: { perMinute: limits.perMinute, concurrent: 6 },
    apiHost: url,
    accountsHost: url,
  };
  const secrets = { appSecret: tokens.app.appSecret, refreshToken: tokens.refreshToken };
  return { id, source: 'tiktok-shop', settings, secrets };
}
