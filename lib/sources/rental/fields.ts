import { parseFields } from '../kit/reading.ts';

/** Fields of a row by their names, whatever case and separators those are written with. */
export type RowFields = ReadonlyMap<string, string>;

/** `BookingNo`, `bookingNo` and `booking_no` are one name. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * What a row says in its plain fields, as trimmed text; nested values and empty ones are left out. Where two spellings
 * of one name stand in a row, the first that says anything counts. `undefined` when the text is no JSON object.
 */
export function rowFields(body: string): RowFields | undefined {
  const row = parseFields(body);
  if (row === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(row)) {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || text.trim() === '') continue;
    const plain = plainName(name);
    if (!fields.has(plain)) fields.set(plain, text.trim());
  }
  return fields;
}

/** The first of several fields that says anything. `names` are plain. */
export function firstOf(fields: RowFields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
