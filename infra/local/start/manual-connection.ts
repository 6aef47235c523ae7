import type { ConnectionEntry } from '../resources/parameters.ts';

/** Beside the simulated accounts, for whoever wants to try an import: `npm run sync -- import desk walk-ins leads.csv`. */
export const MANUAL_CONNECTION: ConnectionEntry = {
  id: 'desk',
  source: 'manual',
  settings: { timeZone: 'Asia/Kolkata', dateOrder: 'day-first', countryCode: '91', nationalDigits: 10 },
  secrets: {},
};
