import type { SourceCheck } from '../ports/source.ts';
import { checkAccount as checkClinic } from './cliniko/check.ts';
import { clinikoAccounts } from './cliniko/cliniko-accounts.ts';
import { accountCheck } from './kit/account-source.ts';
import { manualCheck } from './manual/manual-check.ts';
import { checkAccount as checkRentalCompany } from './rental/check.ts';
import { rentalAccounts } from './rental/rental-accounts.ts';
import { checkAccount as checkSeller } from './tiktok-shop/check.ts';
import { tikTokAccounts } from './tiktok-shop/tiktok-accounts.ts';
import { checkAccount as checkApplication } from './zoho-creator/check.ts';
import { zohoAccounts } from './zoho-creator/zoho-accounts.ts';

/** The check of every kind of source. */
export const SOURCE_CHECKS: readonly SourceCheck[] = [
  accountCheck(clinikoAccounts, checkClinic),
  accountCheck(rentalAccounts, checkRentalCompany),
  accountCheck(tikTokAccounts, checkSeller),
  accountCheck(zohoAccounts, checkApplication),
  manualCheck,
];
