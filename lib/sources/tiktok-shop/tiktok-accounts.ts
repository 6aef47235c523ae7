import { AccessTokens } from '../kit/access-tokens.ts';
import type { AccountKind } from '../kit/account-source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { callLimitsOf, parseAccount, type TikTokAccount } from './settings.ts';
import { ShopApi } from './shop-api.ts';
import { Shops } from './shops.ts';
import { SourceClock } from './source-clock.ts';
import type { TikTokShopParts } from './tiktok-shop-source.ts';
import { tikTokTokenIssuer } from './token-request.ts';

/** Sellers on TikTok Shop, reached through the Open API, version 202309. */
export const tikTokAccounts: AccountKind<TikTokAccount, TikTokShopParts> = {
  kind: 'tiktok-shop',
  vendor: 'TikTok Shop',
  parse: parseAccount,
  limits: ({ settings }) => callLimitsOf(settings),
  parts(account, connection, { calls, http, tokens: store, clock }) {
    const { settings } = account;
    const sourceClock = new SourceClock(clock);
    const issuer = tikTokTokenIssuer(account, { http, clock, sourceClock });
    const tokens = new AccessTokens(issuer, { connection: connection.id, tokens: store, clock });
    const api = new ShopApi(account, { calls, tokens, clock, sourceClock });
    const shops = new Shops(settings, api, new PartitionNamespace(connection.namespace));
    return { settings, api, shops, clock, sourceClock };
  },
};
