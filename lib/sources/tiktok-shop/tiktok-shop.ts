import { SourceFailure, type SourceKind } from '../../ports/source.ts';
import { AccessTokens } from '../kit/access-tokens.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { callLimitsOf, parseAccount, type TikTokAccount } from './settings.ts';
import { ShopApi } from './shop-api.ts';
import { Shops } from './shops.ts';
import { SourceClock } from './source-clock.ts';
import { TikTokShopSource } from './tiktok-shop-source.ts';
import { tikTokTokenIssuer } from './token-request.ts';

/** Orders and products of TikTok shops, read through the Open API, version 202309. */
export const tikTokShop: SourceKind = {
  kind: 'tiktok-shop',

  problems(connection, { allowLoopback }) {
    const parsed = parseAccount(connection, allowLoopback);
    return parsed.outcome === 'valid' ? [] : parsed.problems;
  },

  limits(connection) {
    // Whether loopback hosts are allowed changes no limit, so here they are.
    return callLimitsOf(validOf(parseAccount(connection, true)).settings);
  },

  open(connection, { calls, http, tokens: store, clock, allowLoopback }) {
    const account = validOf(parseAccount(connection, allowLoopback));
    const { settings } = account;
    const sourceClock = new SourceClock(clock);
    const issuer = tikTokTokenIssuer(account, { http, clock, sourceClock });
    const tokens = new AccessTokens(issuer, { connection: connection.id, tokens: store, clock });
    const api = new ShopApi(account, { calls, tokens, clock, sourceClock });
    const shops = new Shops(settings, api, new PartitionNamespace(connection.namespace));
    return new TikTokShopSource({ settings, api, shops, clock, sourceClock });
  },
};

function validOf(parsed: ReturnType<typeof parseAccount>): TikTokAccount {
  if (parsed.outcome === 'valid') return parsed.account;
  throw new SourceFailure('source-misconfigured', `TikTok Shop: ${parsed.problems.join('; ')}`);
}
