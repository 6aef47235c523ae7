import type { AccountKind } from '../kit/account-source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { RentalClient } from './rental-client.ts';
import type { RentalParts } from './rental-source.ts';
import { callLimitsOf, parseAccount, type RentalAccount } from './settings.ts';

/** Rental companies, reached through their private API. */
export const rentalAccounts: AccountKind<RentalAccount, RentalParts> = {
  kind: 'rental',
  vendor: 'rental',
  parse: parseAccount,
  limits: ({ settings }) => callLimitsOf(settings),
  // Locations are numbered by each company, and the stores of each are one partition of the same name.
  partitionScope: () => 'company',
  parts(account, connection, { calls, clock }) {
    return {
      settings: account.settings,
      client: new RentalClient(account, { calls, clock }),
      clock,
      namespace: new PartitionNamespace(connection.namespace),
    };
  },
};
