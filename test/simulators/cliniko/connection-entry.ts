import type { ClinikoAccount } from './cliniko-account.ts';

/** An entry of a connection file that syncs from a simulator. */
export interface ClinikoConnectionEntry {
  readonly id: string;
  readonly source: 'cliniko';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export function connectionEntry(id: string, url: string, account: ClinikoAccount): ClinikoConnectionEntry {
  const settings = {
    organization: account.organization,
    userAgent: 'Tidemark (operator@example.com)',
    timeZone: account.timeZone,
    apiHost: url,
  };
  return { id, source: 'cliniko', settings, secrets: { apiKey: account.apiKey } };
}
