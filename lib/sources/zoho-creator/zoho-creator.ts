import { AccessTokens } from '../kit/access-tokens.ts';
import { accountSource } from '../kit/account-source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { DateCodec } from './date-codec.ts';
import { ReportClient } from './report-client.ts';
import { callLimitsOf, parseAccount } from './settings.ts';
import { zohoTokenIssuer } from './token-request.ts';
import { ZohoCreatorSource } from './zoho-creator-source.ts';

/** Event registrations of a Zoho Creator application, read from a report through the v2.1 API. */
export const zohoCreator = accountSource({
  kind: 'zoho-creator',
  vendor: 'Zoho Creator',
  parse: parseAccount,
  limits: ({ settings }) => callLimitsOf(settings),
  open(account, connection, tools) {
    const { calls, clock, allowLoopback } = tools;
    const issuer = zohoTokenIssuer(account, tools.http, clock);
    const tokens = new AccessTokens(issuer, { connection: connection.id, tokens: tools.tokens, clock });
    const client = new ReportClient(account, { calls, tokens, clock, allowLoopback });
    const { dateFormat, timeZone } = account.settings;
    return new ZohoCreatorSource({
      settings: account.settings,
      client,
      codec: new DateCodec(dateFormat, timeZone),
      namespace: new PartitionNamespace(connection.namespace),
    });
  },
});
