import type { AccountKind } from '../kit/account-source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { ClinikoClient } from './cliniko-client.ts';
import type { ClinikoParts } from './cliniko-source.ts';
import { type ClinikoAccount, callLimitsOf, parseAccount } from './settings.ts';

/** Clinics, reached through Cliniko's API. */
export const clinikoAccounts: AccountKind<ClinikoAccount, ClinikoParts> = {
  kind: 'cliniko',
  vendor: 'Cliniko',
  parse: parseAccount,
  limits: ({ settings }) => callLimitsOf(settings),
  partitionScope: ({ organization }) => organization,
  parts(account, connection, { calls, clock }) {
    const client = new ClinikoClient(account, { calls, clock });
    return { account, client, clock, namespace: new PartitionNamespace(connection.namespace) };
  },
};
