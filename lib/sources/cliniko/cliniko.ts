import { accountSource } from '../kit/account-source.ts';
import { clinikoAccounts } from './cliniko-accounts.ts';
import { ClinikoSource } from './cliniko-source.ts';

/** Patients and appointments of a clinic. The vendor has no webhooks. */
export const cliniko = accountSource(clinikoAccounts, (parts) => new ClinikoSource(parts));
