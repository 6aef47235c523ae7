import { msBetween } from '../../domain/instant.ts';
import { ZoneClock } from '../../domain/zone-clock.ts';
import type { CheckFinding } from '../../ports/source.ts';
import { plainDateAt } from '../kit/plain-date.ts';
import { attempt, finding } from '../kit/probes.ts';
import type { CheckParts } from './check-parts.ts';
import { checkRows } from './check-rows.ts';
import { type FieldNames, fieldNames } from './field-names.ts';
import { firstOf, rowFields } from './fields.ts';
import { noStoreIds } from './no-store-ids.ts';
import { LOCATION_ID } from './record.ts';
import type { RowsAnswer } from './rental-client.ts';
import type { RentalParts } from './rental-source.ts';

const DAY_MS = 86_400_000;

/**
 * Probes what only the live API can tell: whether each of its three parts answers in a shape that is understood, whether
 * the days and the location that are asked for are heeded, and whether a booking is found by its number. Seven calls.
 */
export async function checkAccount({ settings, client, clock }: RentalParts): Promise<readonly CheckFinding[]> {
  const parts: CheckParts = { settings, client, clock, fields: fieldNames(settings.fields) };
  const stores = await attempt(() => parts.client.stores());
  if (stores.outcome === 'failed') return [finding('stores', 'failed', stores.message)];
  const { locations, ...found } = storesFound(stores.value, parts.fields);
  const [first, second] = locations;
  const checked = [found.finding, zoneFinding(stores.value, parts)];
  if (first === undefined) return checked;
  const other = second === undefined ? {} : { second };
  return [
    ...checked,
    ...(await checkRows(parts, 'bookings', { first, ...other })),
    ...(await checkRows(parts, 'returns', { first, ...other })),
  ];
}

function storesFound(
  { elements }: RowsAnswer,
  fields: FieldNames,
): { readonly locations: readonly string[]; readonly finding: CheckFinding } {
  const ids = elements.map((element) => firstOf(rowFields(element) ?? new Map(), fields.storeId));
  const locations = ids.filter((id) => id !== undefined && LOCATION_ID.test(id));
  const bad = elements.length - locations.length;
  if (elements.length === 0) {
    return { locations: [], finding: finding('stores', 'warning', 'The list is readable but shows no locations.') };
  }
  if (locations.length === 0) {
    return {
      locations: [],
      finding: finding('stores', 'failed', `Of ${elements.length} rows, ${noStoreIds(elements)}.`),
    };
  }
  const usable = locations.filter((id) => id !== undefined);
  if (bad > 0) {
    const message = `${bad} of ${elements.length} locations have no usable id: their bookings and returns are not read.`;
    return { locations: usable, finding: finding('stores', 'warning', message) };
  }
  const message = `The list is readable; it shows ${elements.length} locations.`;
  return { locations: usable, finding: finding('stores', 'ok', message) };
}

/** No answer states a zone. What can be told is which day it is there, and whether the clocks agree on it. */
function zoneFinding({ servedAt }: RowsAnswer, { settings, clock }: CheckParts): CheckFinding {
  const today = plainDateAt(servedAt, new ZoneClock(settings.timeZone));
  if (Math.abs(msBetween(servedAt, clock.now())) >= DAY_MS) {
    const message = `The API's own clock is a day or more from ours: it says that it is ${today} in ${settings.timeZone}. Windows of days would miss rows.`;
    return finding('time-zone', 'failed', message);
  }
  return finding(
    'time-zone',
    'ok',
    `In ${settings.timeZone} it is ${today}: the day that windows end with is counted on from it.`,
  );
}
