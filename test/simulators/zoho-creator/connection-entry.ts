import type { ZohoSetup } from './options.ts';
import { APP, EVENT_FIELD, EVENTS, OWNER, REGISTRATIONS, TITLE_FIELD } from './report-schema.ts';
import type { ZohoAccount } from './zoho-account.ts';

/** An entry of a connection file that syncs from this simulator. */
export interface ZohoConnectionEntry {
  readonly id: string;
  readonly source: 'zoho-creator';
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** @param url of the server, which is both hosts */
export function connectionEntry(
  id: string,
  url: string,
  setup: ZohoSetup,
  { tokens }: ZohoAccount,
): ZohoConnectionEntry {
  const settings = {
    dataCenter: 'US',
    owner: OWNER,
    app: APP,
    registrations: { report: REGISTRATIONS.linkName, eventField: EVENT_FIELD },
    events: { report: EVENTS.linkName, titleField: TITLE_FIELD },
    timeZone: setup.timeZone,
    dateFormat: setup.dateFormat,
    callsPerDay: setup.limits.perDay,
    quotaZone: setup.superAdminZone,
    apiHost: url,
    accountsHost: url,
  };
  return { id, source: 'zoho-creator', settings, secrets: { ...tokens.credentials } };
}
