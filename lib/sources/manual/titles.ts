import { ImportFailure } from '../../ports/imports.ts';
import { COLUMN_NAME, normalTitle } from './normal-title.ts';
import type { StreamSettings } from './settings.ts';

/** What a record is known by, in the order in which bodies have them. */
export const KEY_FIELDS = ['phone', 'name', 'store', 'leadType', 'date'] as const;

export type KeyField = (typeof KEY_FIELDS)[number];

/** What fields are usually called, in the spelling of `normalTitle`. */
const USUAL: Readonly<Record<KeyField | 'bookingNo', readonly string[]>> = {
  phone: [
    'phone',
    'phoneno',
    'phonenumber',
    'mobile',
    'mobileno',
    'mobilenumber',
    'contact',
    'contactno',
    'contactnumber',
    'customerphone',
    'customermobile',
    'whatsapp',
  ],
  name: ['name', 'customer', 'customername', 'clientname', 'guestname', 'fullname', 'leadname'],
  store: ['store', 'storename', 'location', 'branch', 'branchname', 'shop', 'outlet', 'showroom'],
  leadType: ['leadtype', 'type', 'leadcategory', 'enquirytype', 'inquirytype'],
  date: [
    'date',
    'visitdate',
    'dateofvisit',
    'enquirydate',
    'inquirydate',
    'walkindate',
    'lossdate',
    'leaddate',
    'createddate',
    'entrydate',
  ],
  bookingNo: ['bookingno', 'bookingnumber', 'bookingid'],
};

/** Rows have a lead type by their stream, and need none of their own. */
const NEEDED: readonly KeyField[] = ['phone', 'name', 'store', 'date'];

/** One column of a file that is read. */
export interface Column {
  /** The field of the record that it becomes. */
  readonly field: string;
  /** Its title as it stands in the file. */
  readonly title: string;
  readonly index: number;
}

export interface Columns {
  readonly key: ReadonlyMap<KeyField, Column>;
  /** Those besides the key, in the order of their fields' names. */
  readonly others: readonly Column[];
  /** How many the row of titles has. */
  readonly count: number;
}

/**
 * Which column is what, by the row of titles.
 * @throws ImportFailure that names every field whose column is missing or there twice
 */
export function readTitles(titles: readonly string[], { columns, keep }: StreamSettings): Columns {
  const names = namesOf(columns);
  const found = titles.flatMap((title, index): readonly Column[] => {
    const field = names.get(normalTitle(title)) ?? fieldOf(title);
    return field === undefined ? [] : [{ field, title: title.trim(), index }];
  });
  const fields = found.map(({ field }) => field);
  const wanted = (field: string) => isKeyField(field) || keep === undefined || keep.includes(field);
  const missing = NEEDED.filter((field) => !fields.includes(field));
  const doubled = new Set(fields.filter((field, index) => wanted(field) && fields.indexOf(field) !== index));
  if (missing.length > 0 || doubled.size > 0) throw badTitles(missing, [...doubled]);
  const key = new Map(found.flatMap((column) => (isKeyField(column.field) ? [[column.field, column] as const] : [])));
  const others = found
    .filter(({ field }) => !isKeyField(field) && wanted(field))
    .toSorted((a, b) => (a.field < b.field ? -1 : 1));
  return { key, others, count: titles.length };
}

/** Normal title → field: what the connection says goes before what is usual. */
function namesOf(columns: StreamSettings['columns']): ReadonlyMap<string, string> {
  const usual = Object.entries(USUAL).flatMap(([field, titles]) => titles.map((title) => [title, field] as const));
  const set = Object.entries(columns).flatMap(([field, titles]) =>
    [titles].flat().map((title) => [normalTitle(title), field] as const),
  );
  // Where a connection names the column of a field, other columns with a usual title of that field are not meant.
  return new Map([...usual.filter(([, field]) => !Object.hasOwn(columns, field)), ...set]);
}

/** A field's name from a title that nobody told about: `Reason for loss` becomes `reasonForLoss`. */
function fieldOf(title: string): string | undefined {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const [first, ...rest] = words.map((word) => word.toLowerCase());
  const name = [first, ...rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
  const field = /^\d/.test(name) ? `column${name}` : name;
  return COLUMN_NAME.test(field) && !isKeyField(field) ? field : undefined;
}

function isKeyField(field: string): field is KeyField {
  return KEY_FIELDS.some((key) => key === field);
}

function badTitles(missing: readonly string[], doubled: readonly string[]): ImportFailure {
  const expected = [
    ...missing.map((field) => `a column for ${field}`),
    ...doubled.map((field) => `one column for ${field}, not several`),
  ].join('; ');
  return new ImportFailure('bad-titles', { row: 1, column: [...missing, ...doubled].join(' '), expected });
}
