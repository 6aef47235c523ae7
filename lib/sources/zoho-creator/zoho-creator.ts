import { SourceFailure, type SourceKind } from '../../ports/source.ts';
import { AccessTokens } from '../kit/access-tokens.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { DateCodec } from './date-codec.ts';
import { ReportClient } from './report-client.ts';
import { callLimitsOf, parseAccount, type ZohoAccount } from './settings.ts';
import { zohoTokenIssuer } from './token-request.ts';
import { ZohoCreatorSource } from './zoho-creator-source.ts';

/** Event registrations of a Zoho Creator application, read from a report through the v2.1 API. */
export const zohoCreator: SourceKind = {
  kind: 'zoho-creator',

  problems(connection, { allowLoopback }) {
    const parsed = parseAccount(connection, allowLoopback);
    return parsed.outcome === 'valid' ? [] : parsed.problems;
  },

  limits(connection) {
    // Whether loopback hosts are allowed changes no limit, so here they are.
    const parsed = parseAccount(connection, true);
    return callLimitsOf(validOf(parsed).settings);
  },

  open(connection, tools) {
    const account = validOf(parseAccount(connection, tools.allowLoopback));
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
};

function validOf(parsed: ReturnType<typeof parseAccount>): ZohoAccount {
  if (parsed.outcome === 'valid') return parsed.account;
  throw new SourceFailure('source-misconfigured', `Zoho Creator: ${parsed.problems.join('; ')}`);
}
