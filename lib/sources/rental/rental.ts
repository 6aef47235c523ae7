import { accountSource } from '../kit/account-source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { RentalClient } from './rental-client.ts';
import { RentalSource } from './rental-source.ts';
import { callLimitsOf, parseAccount } from './settings.ts';

/** Stores, bookings and returns of a rental company, read by windows of days through its private API. */
export const rental = accountSource({
  kind: 'rental',
  vendor: 'rental',
  parse: parseAccount,
  limits: ({ settings }) => callLimitsOf(settings),
  open(account, connection, { calls, clock }) {
    return new RentalSource({
      settings: account.settings,
      client: new RentalClient(account, { calls, clock }),
      clock,
      namespace: new PartitionNamespace(connection.namespace),
    });
  },
});
