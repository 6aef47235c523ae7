import { accountSource } from '../kit/account-source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { ClinikoClient } from './cliniko-client.ts';
import { ClinikoSource } from './cliniko-source.ts';
import { callLimitsOf, parseAccount } from './settings.ts';

/** Patients and appointments of a clinic, read through Cliniko's API. The vendor has no webhooks. */
export const cliniko = accountSource({
  kind: 'cliniko',
  vendor: 'Cliniko',
  parse: parseAccount,
  limits: ({ settings }) => callLimitsOf(settings),
  open(account, connection, { calls, clock }) {
    const client = new ClinikoClient(account, { calls, clock });
    return new ClinikoSource({ account, client, clock, namespace: new PartitionNamespace(connection.namespace) });
  },
});
