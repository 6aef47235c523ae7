import { instantFromMs } from '../../../lib/domain/instant.ts';
import { ZoneClock } from '../../../lib/domain/zone-clock.ts';
import { type PlainDate, plainDateAt } from '../../../lib/sources/kit/plain-date.ts';

export type RowKind = 'bookings' | 'returns';

/** A field's value, or the JSON text to send in its place. */
export type RowValue = string | number | boolean | null | { readonly raw: string };
export type RowValues = Readonly<Record<string, RowValue>>;

export interface Location {
  readonly id: string;
  readonly name: string;
  readonly values: RowValues;
}

/** One booking or return as the company has it. */
export interface StoredRow {
  readonly kind: RowKind;
  /** Names it within the simulator, whatever becomes of its fields. */
  readonly key: string;
  readonly location: string;
  /** The business day that windows go by. */
  readonly day: PlainDate;
  readonly values: RowValues;
  /** When it was entered, in milliseconds. */
  readonly enteredMs: number;
}

export interface NewRow {
  readonly location: string;
  /** Today where the company is, unless it is said. */
  readonly day?: PlainDate;
  /** Beside, or instead of, what is made up. */
  readonly values?: RowValues;
}

const FIRST_NUMBER = 1001;
/** Beyond what a double holds: whoever parses and writes it again changes it. */
const FIRST_INVOICE = 4_433_256_000_013_547_003n;

/** What the rental company knows. Nothing in it tells when a row was last changed. */
export class RentalStore {
  readonly #locations = new Map<string, Location>();
  readonly #rows = new Map<string, StoredRow>();
  readonly #hidden = new Set<string>();
  readonly #nowMs: () => number;
  readonly #clock: ZoneClock;
  #made = 0;

  constructor(nowMs: () => number, timeZone: string) {
    this.#nowMs = nowMs;
    this.#clock = new ZoneClock(timeZone);
  }

  today(): PlainDate {
    return this.dayBefore(0);
  }

  /** Which day it was so many milliseconds ago. */
  dayBefore(ms: number): PlainDate {
    return plainDateAt(instantFromMs(this.#nowMs() - ms), this.#clock);
  }

  locations(): readonly Location[] {
    return [...this.#locations.values()];
  }

  setLocation(location: Location): void {
    this.#locations.set(location.id, location);
  }

  removeLocation(id: string): void {
    this.#locations.delete(id);
  }

  rows(kind: RowKind): readonly StoredRow[] {
    return [...this.#rows.values()].filter((row) => row.kind === kind && !this.#hidden.has(row.key));
  }

  row(key: string): StoredRow | undefined {
    return this.#rows.get(key);
  }

  /** @returns its key */
  insert(kind: RowKind, { location, day = this.today(), values = {} }: NewRow): string {
    const number = this.#made++;
    const key = `${kind}-${number}`;
    const bookingNo = `Z${location}-${FIRST_NUMBER + number}`;
    const made = {
      bookingNo,
      customerName: `Customer ${number}`,
      phoneNo: String(9_000_000_000 + ((number * 7_919) % 999_999_999)),
      [kind === 'bookings' ? 'deliveryDate' : 'returnDate']: `${day}T00:00:00`,
      invoiceID: { raw: String(FIRST_INVOICE + BigInt(number)) },
      amount: { raw: '1500.00' },
      remarks: 'Größe 40 “slim” ✓',
    };
    this.#rows.set(key, { kind, key, location, day, values: { ...made, ...values }, enteredMs: this.#nowMs() });
    return key;
  }

  /** Changes fields, and the business day where one is given. */
  change(key: string, values: RowValues, day?: PlainDate): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    const name = row.kind === 'bookings' ? 'deliveryDate' : 'returnDate';
    const moved = day === undefined ? {} : { [name]: `${day}T00:00:00` };
    this.#rows.set(key, { ...row, day: day ?? row.day, values: { ...row.values, ...moved, ...values } });
  }

  /** Whether the API leaves it out of every answer, as if it were gone. */
  hide(key: string, hidden: boolean): void {
    if (hidden) this.#hidden.add(key);
    else this.#hidden.delete(key);
  }

  remove(key: string): void {
    this.#rows.delete(key);
  }
}

/** The booking number of a row as text; empty where it has none. */
export function bookingNoOf({ values: { bookingNo = '' } }: StoredRow): string {
  if (typeof bookingNo === 'object') return bookingNo?.raw ?? '';
  return String(bookingNo);
}
