import type { SeededRandom } from '../seeded-random.ts';
import type { ClinikoAccount } from './cliniko-account.ts';
import { RESOURCES, type ResourceName, textOf } from './resources.ts';
import type { Leaving, RowVersion } from './row.ts';

const DAY_MS = 86_400_000;
const PAST_DAYS = 7;
const FUTURE_DAYS = 30;

/** What a cache holds only where a connection asks for it. */
const PRIVATE: Readonly<Record<ResourceName, readonly string[]>> = {
  patients: [
    'notes',
    'appointment_notes',
    'medicare',
    'medicare_reference_number',
    'dva_card_number',
    'invoice_extra_information',
    'custom_fields',
  ],
  individual_appointments: ['notes', 'cancellation_note', 'cancellation_reason_description'],
};

/** A record that belongs into a cache, to the byte as it belongs there. */
export interface TrueRecord {
  readonly id: string;
  readonly body: string;
}

/** The people at a clinic's desk: they book, edit and cancel, and know what is true. */
export class ClinicDesk {
  readonly #account: ClinikoAccount;
  readonly #resource: ResourceName;
  readonly #base: string;
  #leavings = 0;

  /** @param base `https://api.au1.cliniko.com/v1` */
  constructor(account: ClinikoAccount, resource: ResourceName, base: string) {
    this.#account = account;
    this.#resource = resource;
    this.#base = base;
  }

  /** What is there, has not left, and takes place in the days around today. */
  records(): readonly TrueRecord[] {
    return this.#account.rows(this.#resource).flatMap(({ id }) => {
      const version = this.#account.current(this.#resource, id);
      return this.#isInScope(version) ? [{ id, body: this.#body(id, version) }] : [];
    });
  }

  /** @returns its id */
  insert(agoMs = 0): string {
    const { random } = this.#account;
    if (this.#resource === 'patients')
      return this.#account.insert('patients', { agoMs, values: makeUpPatient(random) });
    return this.book(this.#aTimeInScope(), agoMs);
  }

  /** Books an appointment at that time of the clinic's clock. @returns its id */
  book(startsMs: number, agoMs = 0): string {
    return this.#account.insert('individual_appointments', {
      agoMs,
      startsMs,
      values: makeUpAppointment(this.#account.random),
    });
  }

  /** Changes what is written in it; an appointment of another month is put back into scope. */
  edit(id: string): void {
    const version = this.#account.current(this.#resource, id);
    const number = this.#account.random.integer(1_000_000);
    if (this.#resource === 'patients') {
      this.#account.change('patients', id, { values: { lastName: `Edit "${number}"`, notes: `Seen ${number}` } });
      return;
    }
    this.#account.change('individual_appointments', id, {
      values: { patientName: `Edit "${number}"`, notes: `Seen ${number}` },
      ...(isAround(version.startsMs ?? 0, this.#account) ? {} : { startsMs: this.#aTimeInScope() }),
    });
  }

  reschedule(id: string, startsMs: number): void {
    this.#account.change(this.#resource, id, { startsMs });
  }

  leave(id: string, way: Leaving): void {
    this.#account.leave(this.#resource, id, way);
  }

  comeBack(id: string): void {
    this.#account.comeBack(this.#resource, id);
  }

  /** Has it leave in one of the ways there are, in turn. */
  remove(id: string): void {
    const { leavings } = RESOURCES[this.#resource];
    const ways = [...leavings, ...(this.#resource === 'patients' ? [] : (['moved'] as const))];
    const way = ways[this.#leavings % ways.length];
    this.#leavings += 1;
    // In some days it is back in scope, as it is.
    if (way === 'moved') this.reschedule(id, this.#account.wallMs() + (FUTURE_DAYS + 4) * DAY_MS);
    else if (way !== undefined) this.leave(id, way);
  }

  #isInScope({ left, startsMs }: RowVersion): boolean {
    if (Object.keys(left).length > 0) return false;
    return startsMs === undefined || isAround(startsMs, this.#account);
  }

  #body(id: string, version: RowVersion): string {
    const idJson = this.#account.behaviour.idsAs === 'number' ? id : JSON.stringify(id);
    const fields = RESOURCES[this.#resource].fields({ id, idJson, version, base: this.#base });
    return textOf(fields, PRIVATE[this.#resource]);
  }

  #aTimeInScope(): number {
    const days = this.#account.random.integer(PAST_DAYS + FUTURE_DAYS - 5) - PAST_DAYS + 2;
    return Math.floor(this.#account.wallMs() / 900_000) * 900_000 + days * DAY_MS;
  }
}

/** By the dates that the clinic's calendar shows. */
function isAround(startsMs: number, account: ClinikoAccount): boolean {
  const days = localDay(startsMs, account.timeZone) - localDay(account.wallMs(), account.timeZone);
  return days >= -PAST_DAYS && days <= FUTURE_DAYS;
}

function localDay(ms: number, timeZone: string): number {
  return Date.parse(new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(ms)) / DAY_MS;
}

const NAMES = ['Ngọc', 'Zoë', 'O’Hara', 'Łukasz', 'Smith "Smitty"', 'Andersen\\Berg'];

function makeUpPatient(random: SeededRandom): Readonly<Record<string, unknown>> {
  return {
    firstName: random.pick(NAMES),
    lastName: random.pick(NAMES),
    address: `${random.integer(200)} Smith Street`,
    born: `19${random.digits(2)}-05-26`,
    email: `p${random.digits(6)}@example.com`,
    phone: `614${random.digits(8)}`,
    card: random.digits(10),
    policy: `ABC-${random.digits(5)}`,
    claim: `Insurance #${random.digits(6)}\r\nClaim #${random.digits(6)}`,
    notes: `Knee: "pain", {see: notes}, ${random.hex(8)}`,
    appointmentNotes: `Prefers mornings, ${random.hex(8)}`,
  };
}

function makeUpAppointment(random: SeededRandom): Readonly<Record<string, unknown>> {
  return {
    patient: `13907108631024${random.digits(5)}`,
    patientName: `${random.pick(NAMES)} ${random.pick(NAMES)}`,
    arrived: random.integer(2) === 0,
    notes: `Follow-up: "better", [${random.hex(8)}]`,
  };
}
