import { SourceFailure, type SourceKind } from '../../ports/source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { RentalClient } from './rental-client.ts';
import { RentalSource } from './rental-source.ts';
import { callLimitsOf, parseAccount, type RentalAccount } from './settings.ts';

/** Stores, bookings and returns of a rental company, read by windows of days through its private API. */
export const rental: SourceKind = {
  kind: 'rental',

  problems(connection, { allowLoopback }) {
    const parsed = parseAccount(connection, allowLoopback);
    return parsed.outcome === 'valid' ? [] : parsed.problems;
  },

  limits(connection) {
    // Whether loopback hosts are allowed changes no limit, so here they are.
    return callLimitsOf(validOf(parseAccount(connection, true)).settings);
  },

  open(connection, { calls, clock, allowLoopback }) {
    const account = validOf(parseAccount(connection, allowLoopback));
    return new RentalSource({
      settings: account.settings,
      client: new RentalClient(account, { calls, clock }),
      clock,
      namespace: new PartitionNamespace(connection.namespace),
    });
  },
};

function validOf(parsed: ReturnType<typeof parseAccount>): RentalAccount {
  if (parsed.outcome === 'valid') return parsed.account;
  throw new SourceFailure('source-misconfigured', `rental: ${parsed.problems.join('; ')}`);
}
