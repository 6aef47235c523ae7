import { parseFields } from '../kit/reading.ts';

const MOST_NAMES = 12;
/** A field's name, and not a value that somebody uses as one. */
const FIELD_NAME = /^[A-Za-z][A-Za-z_]{0,31}$/;

/** What to set where no row of the list of stores shows an id, and the names of the fields there are. */
export function noStoreIds(elements: readonly string[]): string {
  const names = Object.keys(parseFields(elements[0] ?? '') ?? {}).filter((name) => FIELD_NAME.test(name));
  const found = names.length === 0 ? '' : `. Its fields are ${names.slice(0, MOST_NAMES).join(', ')}`;
  return `no location shows an id: set fields.storeId to the field that holds it${found}`;
}
