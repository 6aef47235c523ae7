import { plusDays } from '../../../lib/sources/kit/plain-date.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { RentalStore } from './rental-store.ts';

export const LOCATION_COUNT = 21;
const BOOKINGS_EACH = 60;
const RETURNS_EACH = 30;
const PAST_DAYS = 90;
const DAYS_AHEAD = 60;

const TOWNS = ['Edappally', 'Kochi', 'Thrissur', 'Kollam', 'Kottayam', 'Perinthalmanna', 'Kannur'];

/** 21 locations, each with bookings of the last three months and of two to come, and with returns. */
export function demoRows(store: RentalStore, random: SeededRandom): void {
  for (let number = 1; number <= LOCATION_COUNT; number += 1) {
    const town = TOWNS[number % TOWNS.length] ?? '';
    store.setLocation({ id: String(number), name: `Z-${town} ${number}`, values: {} });
    const location = String(number);
    for (let count = 0; count < BOOKINGS_EACH; count += 1) {
      const day = plusDays(store.today(), random.integer(PAST_DAYS + DAYS_AHEAD) - PAST_DAYS);
      store.insert('bookings', { location, day });
    }
    for (let count = 0; count < RETURNS_EACH; count += 1) {
      store.insert('returns', { location, day: plusDays(store.today(), -random.integer(PAST_DAYS)) });
    }
  }
}
