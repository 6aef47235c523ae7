import type { Instant } from '../../../lib/domain/instant.ts';

export interface LookupValue {
  readonly ID: string;
  readonly display_value: string;
  readonly zc_display_value: string;
}

export type FieldValue = string | readonly string[] | LookupValue | readonly LookupValue[];
export type FieldValues = Readonly<Record<string, FieldValue>>;

export interface NewEvent {
  /** Allocated when absent. */
  readonly id?: string;
  readonly title: string;
  readonly added?: Instant;
}

export interface NewRegistration {
  /** Allocated when absent. */
  readonly id?: string;
  /** The event's id; `null` for a record that belongs to none. */
  readonly event: string | null;
  /** The server's wall clock when absent. */
  readonly added?: Instant;
  /** `added` when absent. */
  readonly modified?: Instant;
  /** Made up where absent. */
  readonly fields?: FieldValues;
  /** Fields the answer leaves out, whatever it should hold. */
  readonly omit?: readonly string[];
  /** Field → JSON text sent in its place: `null`, a bare number, anything. */
  readonly raw?: Readonly<Record<string, string>>;
}

export interface SimulatedData {
  readonly events: readonly NewEvent[];
  readonly registrations: readonly NewRegistration[];
}

export function lookupValue(id: string, title: string): LookupValue {
  return { ID: id, display_value: title, zc_display_value: title };
}
