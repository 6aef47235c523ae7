import { accountSource } from '../kit/account-source.ts';
import { zohoAccounts } from './zoho-accounts.ts';
import { ZohoCreatorSource } from './zoho-creator-source.ts';

/** Event registrations of a Zoho Creator application, read from a report. */
export const zohoCreator = accountSource(zohoAccounts, (parts) => new ZohoCreatorSource(parts));
