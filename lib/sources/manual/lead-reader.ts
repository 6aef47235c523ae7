import { hash } from 'node:crypto';
import { instantFromMs } from '../../domain/instant.ts';
import type { SourceRecord } from '../../domain/record.ts';
import { ZoneClock } from '../../domain/zone-clock.ts';
import { type LooseDateProblem, looseDate } from '../kit/loose-date.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { normalPhone } from '../kit/phone.ts';
import type { PlainDate } from '../kit/plain-date.ts';
import { normalTitle } from './normal-title.ts';
import type { ManualSettings, ManualStream } from './settings.ts';
import { type Columns, KEY_FIELDS, type KeyField } from './titles.ts';

/** What a row is of a stream whose file has no column for it. */
const LEAD_TYPES: Readonly<Record<ManualStream, string>> = { 'walk-ins': 'walk-in', 'loss-of-sale': 'loss-of-sale' };

const MAX_FIELD_LENGTH = 4_000;
const ID_LENGTH = 32;
const [FIRST_DAY, LAST_DAY] = ['1971-01-01', '2199-12-31'] as const;

const DATES: Readonly<Record<LooseDateProblem, string>> = {
  ambiguous: 'a date that says which is the day: 2026-11-05, or set dateOrder in the settings of the connection',
  'other-order': 'a date in the order that dateOrder says in the settings of the connection',
  impossible: 'a day that exists',
  unreadable: 'a date such as 2026-11-05',
};

/** What is wrong in one column: its title and what should be there. */
export type FieldProblem = readonly [column: string, expected: string];

export type Lead =
  | { readonly outcome: 'record'; readonly record: SourceRecord }
  | { readonly outcome: 'rejected'; readonly problems: readonly FieldProblem[] };

/** Makes records of the rows of one file. */
export class LeadReader {
  readonly #stream: ManualStream;
  readonly #settings: ManualSettings;
  readonly #namespace: PartitionNamespace;
  readonly #columns: Columns;
  readonly #clock: ZoneClock;
  readonly #stores: ReadonlyMap<string, string>;

  constructor(stream: ManualStream, settings: ManualSettings, namespace: PartitionNamespace, columns: Columns) {
    this.#stream = stream;
    this.#settings = settings;
    this.#namespace = namespace;
    this.#columns = columns;
    this.#clock = new ZoneClock(settings.timeZone);
    this.#stores = new Map(Object.entries(settings.stores).map(([name, id]) => [normalTitle(name), id]));
  }

  /**
   * The record of a row, known by phone, name, store, lead type and date however they are written. Its time is the
   * beginning of that day: the same row read again is the same version.
   */
  read(fields: readonly string[]): Lead {
    const problems: FieldProblem[] = [...this.#shapeProblems(fields)];
    const values = new Map(KEY_FIELDS.map((field) => [field, this.#value(fields, field)]));
    const text = (field: KeyField): string => values.get(field) ?? '';
    const missing = (field: KeyField, expected: string): string => {
      problems.push([this.#columns.key.get(field)?.title ?? field, expected]);
      return '';
    };
    const phone = this.#phone(text('phone')) ?? missing('phone', 'a phone number of 5 to 15 digits');
    const name = text('name') === '' ? missing('name', 'a name') : text('name');
    const store = this.#store(text('store')) ?? missing('store', STORE_EXPECTED);
    const leadType = text('leadType') || this.#leadType;
    const date = this.#date(text('date'), (expected) => missing('date', expected));
    if (problems.length > 0) return { outcome: 'rejected', problems };
    const key = [phone, name.toLowerCase(), store, normalTitle(leadType), date];
    const body = Object.fromEntries([
      ...Object.entries({ phone, name, store: text('store'), leadType, date }),
      ...this.#others(fields),
    ]);
    return {
      outcome: 'record',
      record: {
        id: hash('sha256', JSON.stringify(key), 'hex').slice(0, ID_LENGTH),
        partition: this.#namespace.stored(store),
        modified: this.#clock.instantsAt(Date.parse(`${date}T00:00:00Z`))[0] ?? instantFromMs(0),
        body: JSON.stringify(body),
      },
    };
  }

  get #leadType(): string {
    return this.#settings.streams[this.#stream]?.leadType ?? LEAD_TYPES[this.#stream];
  }

  *#shapeProblems(fields: readonly string[]): Generator<FieldProblem> {
    const { count, key, others } = this.#columns;
    if (fields.slice(count).some((field) => field.trim() !== ''))
      yield ['', `no more than ${count} columns, as the titles have`];
    for (const { index, title } of [...key.values(), ...others]) {
      const field = fields[index] ?? '';
      if (field.includes('\ufffd')) yield [title, 'text: the file is neither UTF-8 nor UTF-16'];
      else if (field.length > MAX_FIELD_LENGTH) yield [title, `at most ${MAX_FIELD_LENGTH} characters`];
    }
  }

  /** A key field's text with single spaces. */
  #value(fields: readonly string[], field: KeyField): string {
    const column = this.#columns.key.get(field);
    return column === undefined ? '' : spaced(fields[column.index]);
  }

  #phone(text: string): string | undefined {
    const { countryCode, nationalDigits } = this.#settings;
    return normalPhone(text, {
      ...(countryCode === undefined ? {} : { countryCode }),
      ...(nationalDigits === undefined ? {} : { nationalDigits }),
    });
  }

  /** The location's own id: as the settings say, or the name in small letters with `-` between words. */
  #store(text: string): string | undefined {
    const known = this.#stores.get(normalTitle(text));
    if (known !== undefined) return known;
    const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
    const id = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
    // A name with letters that no id has would share its id with others.
    return id === '' || id.length > 96 || /[^\p{ASCII}]/u.test(plain) ? undefined : id;
  }

  #date(text: string, refuse: (expected: string) => string): PlainDate {
    const { dateOrder: order } = this.#settings;
    const read = looseDate(text, { clock: this.#clock, ...(order === undefined ? {} : { order }) });
    if (read.outcome === 'absent') return refuse('a date');
    if (read.outcome === 'refused') return refuse(DATES[read.reason]);
    return read.date < FIRST_DAY || read.date > LAST_DAY ? refuse('a day from 1971 on') : read.date;
  }

  /** What the file has besides, empty fields left out: a column that is added empty changes no record. */
  #others(fields: readonly string[]): readonly (readonly [string, string])[] {
    return this.#columns.others.flatMap(({ field, index }) => {
      const value = (fields[index] ?? '').trim();
      return value === '' ? [] : [[field, value] as const];
    });
  }
}

const STORE_EXPECTED =
  'a store whose name has letters a to z or digits, or is in stores in the settings of the connection';

function spaced(text: string | undefined): string {
  return (text ?? '').normalize('NFC').trim().replace(/\s+/g, ' ');
}
