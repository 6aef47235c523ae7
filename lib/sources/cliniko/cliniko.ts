import { SourceFailure, type SourceKind } from '../../ports/source.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { ClinikoClient } from './cliniko-client.ts';
import { ClinikoSource } from './cliniko-source.ts';
import { type ClinikoAccount, callLimitsOf, parseAccount } from './settings.ts';

/** Patients and appointments of a clinic, read through Cliniko's API. The vendor has no webhooks. */
export const cliniko: SourceKind = {
  kind: 'cliniko',

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
    const client = new ClinikoClient(account, { calls, clock });
    return new ClinikoSource({ account, client, clock, namespace: new PartitionNamespace(connection.namespace) });
  },
};

function validOf(parsed: ReturnType<typeof parseAccount>): ClinikoAccount {
  if (parsed.outcome === 'valid') return parsed.account;
  throw new SourceFailure('source-misconfigured', `Cliniko: ${parsed.problems.join('; ')}`);
}
