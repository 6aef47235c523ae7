import type { ClinicDesk } from './clinic-desk.ts';
import type { ClinikoAccount } from './cliniko-account.ts';

export interface ClinicSize {
  readonly patients: number;
  readonly appointments: number;
}

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 90;
/** So many patients came by one import: they share one modified time. */
const IMPORTED = 250;
/** Appointments lie this far around today: some before the days that are synced, some after them. */
const PAST_DAYS = 20;
const FUTURE_DAYS = 45;

/** Fills a clinic with a history: some patients are deleted or archived, some appointments cancelled. */
export function fillClinic(
  account: ClinikoAccount,
  desks: { readonly patients: ClinicDesk; readonly appointments: ClinicDesk },
  size: ClinicSize,
): void {
  const { random } = account;
  const ago = () => DAY_MS + Math.floor(random.fraction() * HISTORY_DAYS * DAY_MS);
  const imported = 20 * DAY_MS;
  for (let number = 0; number < size.patients; number += 1) {
    const id = desks.patients.insert(number < Math.min(IMPORTED, size.patients / 2) ? imported : ago());
    if (number % 40 === 7) desks.patients.leave(id, number % 80 === 7 ? 'deleted' : 'archived');
  }
  const today = Math.floor(account.wallMs() / DAY_MS) * DAY_MS;
  for (let number = 0; number < size.appointments; number += 1) {
    const day = random.integer(PAST_DAYS + FUTURE_DAYS) - PAST_DAYS;
    const id = desks.appointments.book(today + day * DAY_MS + random.integer(40) * 900_000, ago());
    if (number % 30 === 11) desks.appointments.leave(id, number % 60 === 11 ? 'cancelled' : 'deleted');
  }
}
