import { accountSource } from '../kit/account-source.ts';
import { rentalAccounts } from './rental-accounts.ts';
import { RentalSource } from './rental-source.ts';

/** Stores, bookings and returns of a rental company, read by windows of days. */
export const rental = accountSource(rentalAccounts, (parts) => new RentalSource(parts));
