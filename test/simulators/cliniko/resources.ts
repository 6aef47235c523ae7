import { type Fields, type Leaving, type RowVersion, shownTime } from './row.ts';

/** What of a row decides how it is shown. */
export interface Shown {
  readonly id: string;
  readonly version: RowVersion;
  /** The id as it is sent: a number or a string. */
  readonly idJson: string;
  /** `https://api.au1.cliniko.com/v1` */
  readonly base: string;
}

export type ResourceName = 'patients' | 'individual_appointments';

export interface Resource {
  readonly name: ResourceName;
  /** Lists beside the plain one. */
  readonly lists: readonly Leaving[];
  /** Ways in which its rows leave. */
  readonly leavings: readonly Leaving[];
  /** Times that its rows may be filtered and sorted by. */
  readonly times: readonly string[];
  fields(shown: Shown): Fields;
}

const json = (value: unknown): string => JSON.stringify(value);
const link = (url: string): string => json({ links: { self: url } });
const time = (ms: number | undefined): string => (ms === undefined ? 'null' : json(shownTime(ms)));

const PATIENTS: Resource = {
  name: 'patients',
  lists: ['deleted', 'archived'],
  leavings: ['deleted', 'archived'],
  times: ['created_at', 'updated_at'],
  fields: ({ id, idJson, version: { values, left, createdMs, updatedMs }, base }) => [
    ['accepted_privacy_policy', 'true'],
    ['address_1', json(values.address)],
    ['appointment_notes', json(values.appointmentNotes)],
    ['archived_at', time(left.archived)],
    ['created_at', time(createdMs)],
    ['custom_fields', json({ sections: [{ name: 'Insurance', fields: [{ name: 'notes', value: values.policy }] }] })],
    ['date_of_birth', json(values.born)],
    ['deleted_at', time(left.deleted)],
    ['dva_card_number', json(values.card)],
    ['email', json(values.email)],
    ['first_name', json(values.firstName)],
    ['id', idJson],
    ['invoice_extra_information', json(values.claim)],
    ['last_name', json(values.lastName)],
    ['medicare', json(values.card)],
    ['medicare_reference_number', json('1')],
    ['patient_phone_numbers', json([{ phone_type: 'Mobile', number: values.phone }])],
    ['time_zone', 'null'],
    ['updated_at', time(updatedMs)],
    ['appointments', link(`${base}/patients/${id}/appointments`)],
    ['links', json({ self: `${base}/patients/${id}` })],
    ['notes', json(values.notes)],
  ],
};

const APPOINTMENTS: Resource = {
  name: 'individual_appointments',
  lists: ['deleted', 'cancelled'],
  leavings: ['deleted', 'cancelled', 'archived'],
  times: ['archived_at', 'cancelled_at', 'created_at', 'ends_at', 'starts_at', 'updated_at'],
  fields: ({ id, idJson, version: { values, left, createdMs, updatedMs, startsMs = 0 }, base }) => [
    ['notes', json(values.notes)],
    ['archived_at', time(left.archived)],
    ['cancellation_note', json(left.cancelled === undefined ? null : values.notes)],
    ['cancellation_reason', left.cancelled === undefined ? 'null' : '50'],
    ['cancellation_reason_description', json(left.cancelled === undefined ? '' : 'Feeling better')],
    ['cancelled_at', time(left.cancelled)],
    ['created_at', time(createdMs)],
    ['deleted_at', time(left.deleted)],
    ['ends_at', time(startsMs + 2_700_000)],
    ['id', idJson],
    ['patient_arrived', json(values.arrived)],
    ['patient_name', json(values.patientName)],
    ['starts_at', time(startsMs)],
    ['updated_at', time(updatedMs)],
    ['patient', link(`${base}/patients/${String(values.patient)}`)],
    ['practitioner', link(`${base}/practitioners/1390053863163176768`)],
    ['links', json({ self: `${base}/individual_appointments/${id}` })],
  ],
};

export const RESOURCES: Readonly<Record<ResourceName, Resource>> = {
  patients: PATIENTS,
  individual_appointments: APPOINTMENTS,
};

/** A row's text, without the fields named. */
export function textOf(fields: Fields, without: readonly string[] = []): string {
  const shown = fields.filter(([name]) => !without.includes(name));
  return `{${shown.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** All that the vendor shows of a patient who was deleted. */
export function deletedText(fields: Fields): string {
  return textOf(fields.filter(([name]) => name === 'deleted_at' || name === 'links'));
}
