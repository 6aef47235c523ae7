import { AccessTokens } from '../kit/access-tokens.ts';
import type { AccountKind } from '../kit/account-source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { DateCodec } from './date-codec.ts';
import { ReportClient } from './report-client.ts';
import { callLimitsOf, parseAccount, type ZohoAccount } from './settings.ts';
import { zohoTokenIssuer } from './token-request.ts';
import type { ZohoCreatorParts } from './zoho-creator-source.ts';

/** Applications of Zoho Creator, reached through the v2.1 API. */
export const zohoAccounts: AccountKind<ZohoAccount, ZohoCreatorParts> = {
  kind: 'zoho-creator',
  vendor: 'Zoho Creator',
  parse: parseAccount,
  limits: ({ settings }) => callLimitsOf(settings),
  // Ids are the vendor's for all its accounts; but of one application several connections may read the same events.
  partitionScope: ({ settings: { dataCenter, owner, app, events } }) =>
    JSON.stringify([dataCenter, owner, app, events.report]),
  parts(account, connection, tools) {
    const { calls, clock, allowLoopback } = tools;
    const issuer = zohoTokenIssuer(account, tools.http, clock);
    const tokens = new AccessTokens(issuer, { connection: connection.id, tokens: tools.tokens, clock });
    const { dateFormat, timeZone } = account.settings;
    return {
      settings: account.settings,
      client: new ReportClient(account, { calls, tokens, clock, allowLoopback }),
      codec: new DateCodec(dateFormat, timeZone),
      namespace: new PartitionNamespace(connection.namespace),
    };
  },
};
