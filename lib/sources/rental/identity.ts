import { hash } from 'node:crypto';
import { isRecordId } from '../../domain/names.ts';
import { normalPhone, type PhoneRules } from '../kit/phone.ts';
import type { FieldNames } from './field-names.ts';
import { firstOf, type RowFields, rowFields } from './fields.ts';

export interface IdentityRules {
  readonly fields: FieldNames;
  readonly phone: PhoneRules;
  /** The lead type of rows that state none. */
  readonly leadType: string;
}

export type Identity =
  | { readonly outcome: 'id'; readonly id: string }
  /** It says neither its number nor whose it is. */
  | { readonly outcome: 'missing' }
  /** Its number is no text that an id can be. */
  | { readonly outcome: 'bad' };

/** What people write where there is no number. */
const NO_NUMBER = /^(?:0|-+|n\/?a|null|nil|none)$/i;
const PERSON = /^person-[0-9a-f]{16}:/;

/**
 * A row's id: its booking number and lead type. Neither changes when a phone number or a name is corrected, so that a
 * correction is an update of the same record. A row without a number is known by whose it is, and where.
 * @param location the source's own id of the location the row belongs to
 */
export function identityOf(row: RowFields, location: string, rules: IdentityRules): Identity {
  const number = bookingNumber(row, rules.fields);
  if (number !== undefined) {
    const id = `${number}:${leadTypeOf(row, rules)}`;
    return isRecordId(id) ? { outcome: 'id', id } : { outcome: 'bad' };
  }
  const person = personOf(row, location, rules);
  if (person === undefined) return { outcome: 'missing' };
  return { outcome: 'id', id: `person-${shortHash(person)}:${leadTypeOf(row, rules)}` };
}

/** What a record's id is made of: a booking number that can be asked for, whose the row is, or nothing of ours. */
export function partsOfId(id: string): { readonly number: string } | 'person' | 'none' {
  if (PERSON.test(id)) return 'person';
  const end = id.lastIndexOf(':');
  return end < 1 ? 'none' : { number: id.slice(0, end) };
}

/**
 * The names by which a row is found to be a duplicate of another, hashed, since they are made of personal data: number,
 * phone and lead type, however those are written; where there is no number, phone, name, lead type and store.
 */
export function identitiesOf(body: string, rules: IdentityRules): readonly string[] {
  const row = rowFields(body);
  if (row === undefined) return [];
  const number = bookingNumber(row, rules.fields);
  const phone = phoneOf(row, rules);
  if (number === undefined) {
    const person = personOf(row, squashed(firstOf(row, rules.fields.store)), rules);
    return person === undefined ? [] : [`person:${shortHash(person)}`];
  }
  if (phone === undefined) return [];
  return [`booking:${shortHash(JSON.stringify([squashed(number), phone, leadTypeOf(row, rules)]))}`];
}

function bookingNumber(row: RowFields, { bookingNo }: FieldNames): string | undefined {
  const number = firstOf(row, bookingNo);
  return number === undefined || NO_NUMBER.test(number) ? undefined : number;
}

function personOf(row: RowFields, place: string, rules: IdentityRules): string | undefined {
  const phone = phoneOf(row, rules);
  const name = firstOf(row, rules.fields.name);
  if (phone === undefined || name === undefined) return undefined;
  return JSON.stringify([
    phone,
    name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' '),
    leadTypeOf(row, rules),
    place,
  ]);
}

/** A number that cannot be read still tells one row from another. */
function phoneOf(row: RowFields, { fields, phone }: IdentityRules): string | undefined {
  const text = firstOf(row, fields.phone);
  return text === undefined ? undefined : (normalPhone(text, phone) ?? squashed(text));
}

function leadTypeOf(row: RowFields, { fields, leadType }: IdentityRules): string {
  const stated = (firstOf(row, fields.leadType) ?? '').toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const plain = stated.replace(/^-|-$/g, '').slice(0, 48);
  return plain === '' ? leadType : plain;
}

function squashed(text: string | undefined): string {
  return (text ?? '').normalize('NFKC').toUpperCase().replace(/\s+/g, '');
}

function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16);
}
