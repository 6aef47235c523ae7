import type { Connection } from '../../lib/ports/connections.ts';

export const TIKTOK_SECRETS = { appSecret: 'app-secret-1', refreshToken: 'ROW_refresh.token' };

export const TIKTOK_SHOP = { id: '7494049642642441621', cipher: 'ROW_cipher-1', name: 'First' };

export const TIKTOK_SETTINGS = { appKey: '6abcdefghijkl', shops: [TIKTOK_SHOP] };

/** A TikTok Shop connection with the settings changed as given. */
export function tikTokConnection(
  settings: Readonly<Record<string, unknown>> = {},
  rest: Partial<Connection> = {},
): Connection {
  return {
    id: 'main',
    source: 'tiktok-shop',
    enabled: true,
    policy: {},
    settings: { ...TIKTOK_SETTINGS, ...settings },
    secrets: TIKTOK_SECRETS,
    ...rest,
  };
}
