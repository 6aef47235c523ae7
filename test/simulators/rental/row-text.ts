import { type FieldCase, inCase, type RentalBehaviour, shapeOf } from './rental-behaviour.ts';
import type { Location, RowValue, RowValues, StoredRow } from './rental-store.ts';

/** A row to the byte as the API shows it, in whichever answer: its field case is its location's own. */
export function rowText(row: StoredRow, location: Location | undefined, behaviour: RentalBehaviour): string {
  const named = behaviour.namesLocation
    ? { locationID: row.location, location: location?.name ?? `Store ${row.location}` }
    : {};
  return objectText({ ...row.values, ...named }, shapeOf(behaviour, row.kind, row.location).fieldCase);
}

/** A row of the location list to the byte. */
export function locationText(location: Location, behaviour: RentalBehaviour): string {
  const values = { locationID: location.id, locationName: location.name, ...location.values };
  return objectText(values, shapeOf(behaviour, 'stores', '').fieldCase);
}

function objectText(values: RowValues, fieldCase: FieldCase): string {
  const members = Object.entries(values).map(
    ([name, value]) => `${JSON.stringify(inCase(name, fieldCase))}: ${valueText(value)}`,
  );
  return `{${members.join(', ')}}`;
}

function valueText(value: RowValue): string {
  return typeof value === 'object' && value !== null ? value.raw : JSON.stringify(value);
}
