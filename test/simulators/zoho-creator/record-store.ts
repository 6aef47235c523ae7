import { EPOCH, type Instant, instantFromMs } from '../../../lib/domain/instant.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { LocalFormat } from './local-time.ts';
import { makeUpRegistration } from './registration-fields.ts';
import { EVENT_FIELD, EVENTS, fieldOf, REGISTRATIONS, type ReportDefinition, TITLE_FIELD } from './report-schema.ts';
import { ReportTable } from './report-table.ts';
import {
  type FieldValue,
  type FieldValues,
  lookupValue,
  type NewEvent,
  type NewRegistration,
  type SimulatedData,
} from './simulated-data.ts';
import type { SimulatorClock } from './simulator-clock.ts';
import { type RowContent, type StoredRow, writeRow } from './stored-row.ts';

const USER = 'organiser@example.com';
/** Behind this an index cannot lag: older versions are forgotten. */
const MAX_INDEX_LAG_MS = 600_000;
const FIRST_FREE_ID = 4_433_256_000_021_000_000n;

/** What an edit changes; the modified time becomes the server's now unless it is given. */
export interface RegistrationChange {
  readonly event?: string | null;
  readonly modified?: Instant;
  readonly fields?: FieldValues;
  readonly omit?: readonly string[];
  readonly raw?: Readonly<Record<string, string>>;
}

export interface RecordStoreOptions {
  readonly clock: SimulatorClock;
  readonly local: LocalFormat;
  readonly seed: number;
}

/** The app's two forms, written to by the control and read by the API. */
export class RecordStore {
  readonly registrations = new ReportTable();
  readonly events = new ReportTable();
  readonly #clock: SimulatorClock;
  readonly #local: LocalFormat;
  readonly #random: SeededRandom;
  #lastId = FIRST_FREE_ID;

  constructor(options: RecordStoreOptions) {
    this.#clock = options.clock;
    this.#local = options.local;
    this.#random = new SeededRandom(options.seed);
  }

  /** The wall clock that stamps what is written. */
  now(): Instant {
    return this.#clock.wallNow();
  }

  /** Data that was there long before: no index lags behind it. */
  load(data: SimulatedData): void {
    for (const event of data.events) this.#addEvent(event, EPOCH);
    for (const registration of data.registrations) this.#insert(registration, EPOCH);
  }

  addEvent(event: NewEvent): string {
    return this.#addEvent(event, this.#clock.trueNow());
  }

  insert(registration: NewRegistration): string {
    return this.#insert(registration, this.#clock.trueNow());
  }

  /** @throws RangeError when there is no such registration, event or field */
  change(id: string, change: RegistrationChange): void {
    const row = this.registrations.get(id);
    if (!row) throw new RangeError(`no registration ${id}`);
    this.#put(REGISTRATIONS, this.registrations, this.#clock.trueNow(), {
      id,
      added: row.added,
      modified: toSecond(change.modified ?? this.now()),
      values: {
        ...row.values,
        ...checkedFields(change.fields),
        ...(change.event === undefined ? {} : { [EVENT_FIELD]: this.#eventValue(change.event) }),
      },
      omit: change.omit ?? row.omit,
      raw: change.raw ?? row.raw,
    });
  }

  /** Leaves nothing behind: no tombstone. @throws RangeError when there is no such registration */
  delete(id: string): void {
    if (!this.registrations.delete(id)) throw new RangeError(`no registration ${id}`);
  }

  /** Removes the event and its registrations. @throws RangeError when there is no such event */
  removeEvent(id: string): void {
    if (!this.events.delete(id)) throw new RangeError(`no event ${id}`);
    for (const row of this.registrationsOf(id)) this.registrations.delete(row.id);
  }

  registrationsOf(event: string): StoredRow[] {
    return this.registrations.all().filter((row) => eventOf(row) === event);
  }

  #addEvent(event: NewEvent, writtenAt: Instant): string {
    const id = this.#newId(event.id, this.events);
    const added = toSecond(event.added ?? this.now());
    const values = { [TITLE_FIELD]: event.title, Venue: 'Trung tâm Hội nghị', Capacity: '3000' };
    this.#put(EVENTS, this.events, writtenAt, { id, added, modified: added, values, omit: [], raw: {} });
    return id;
  }

  #insert(registration: NewRegistration, writtenAt: Instant): string {
    const id = this.#newId(registration.id, this.registrations);
    const added = toSecond(registration.added ?? this.now());
    this.#put(REGISTRATIONS, this.registrations, writtenAt, {
      id,
      added,
      modified: toSecond(registration.modified ?? added),
      values: {
        ...makeUpRegistration(this.#random),
        Added_User: USER,
        Modified_User: USER,
        ...checkedFields(registration.fields),
        [EVENT_FIELD]: this.#eventValue(registration.event),
      },
      omit: registration.omit ?? [],
      raw: registration.raw ?? {},
    });
    return id;
  }

  #put(report: ReportDefinition, table: ReportTable, writtenAt: Instant, content: RowContent): void {
    const before = table.get(content.id);
    // What the index has long caught up with need not be kept.
    const settled = before && before.writtenAt < writtenAt - MAX_INDEX_LAG_MS;
    const previous = settled ? { ...before, previous: undefined } : before;
    table.put(writeRow(content, { report, local: this.#local, writtenAt, previous }));
  }

  #eventValue(event: string | null): FieldValue {
    if (event === null) return '';
    const title = this.events.get(event)?.values[TITLE_FIELD];
    if (typeof title !== 'string') throw new RangeError(`no event ${event}`);
    return lookupValue(event, title);
  }

  /** @throws RangeError when a given id is taken or is no id */
  #newId(given: string | undefined, table: ReportTable): string {
    if (given !== undefined && (!/^[1-9]\d{0,18}$/.test(given) || table.get(given))) {
      throw new RangeError(`${given} is taken or no id`);
    }
    if (given !== undefined) return given;
    this.#lastId += 1n + BigInt(this.#random.integer(7));
    return String(this.#lastId);
  }
}

/** The event a registration belongs to. */
export function eventOf(row: StoredRow): string | undefined {
  const value = row.values[EVENT_FIELD];
  return typeof value === 'object' && 'ID' in value ? value.ID : undefined;
}

function checkedFields(fields: FieldValues | undefined): FieldValues {
  for (const name of Object.keys(fields ?? {})) {
    const kind = fieldOf(REGISTRATIONS, name)?.kind;
    if (!kind || kind === 'id' || kind === 'date-time' || name === EVENT_FIELD) {
      throw new RangeError(`${name} is no field to write: use event, added, modified or raw`);
    }
  }
  return fields ?? {};
}

/** The vendor keeps whole seconds. */
function toSecond(instant: Instant): Instant {
  return instantFromMs(Math.floor(instant / 1000) * 1000);
}
