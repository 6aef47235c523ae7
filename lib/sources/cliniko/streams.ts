import type { Instant } from '../../domain/instant.ts';
import { ZoneClock } from '../../domain/zone-clock.ts';
import type { StreamDefinition } from '../../ports/source.ts';
import { DayWindow } from './day-window.ts';
import type { RowRules } from './decode-row.ts';
import { appointmentLists, appointmentsOfWindow, type ListQuery, type ListRequest, patientLists } from './lists.ts';
import { PRIVATE_FIELDS } from './private-fields.ts';
import type { ClinikoSettings } from './settings.ts';

/** What the source must know of one of its streams. */
export interface ClinikoStream {
  readonly definition: StreamDefinition;
  /** The lists that a query reads, one after the other: the same ones whenever it is asked with the same `asOf`. */
  lists(query: ListQuery, asOf: Instant): readonly ListRequest[];
  /** The list that a sweep reads. */
  sweepLists(asOf: Instant): readonly ListRequest[];
  rules(partition: string, asOf: Instant): RowRules;
}

/** One organization is one partition: each is asked by itself, under its own lease, and waits for no other. */
const DEFINITION = { partitionKind: 'organization', coverage: 'partition', locators: false } as const;

export function clinikoStreams(settings: ClinikoSettings): readonly ClinikoStream[] {
  return [patients(settings), appointments(settings)];
}

function patients({ newsBy, include }: ClinikoSettings): ClinikoStream {
  const hidden = PRIVATE_FIELDS.patients.filter((field) => !include.patients.includes(field));
  return {
    definition: { name: 'patients', ...DEFINITION },
    lists: (query) => patientLists(query, newsBy),
    sweepLists: () => patientLists({}, newsBy),
    rules: (partition) => ({ partition, hidden }),
  };
}

function appointments({ newsBy, include, timeZone, appointments: days }: ClinikoSettings): ClinikoStream {
  const hidden = PRIVATE_FIELDS.appointments.filter((field) => !include.appointments.includes(field));
  const window = new DayWindow({ ...days, clock: new ZoneClock(timeZone) });
  return {
    definition: { name: 'appointments', ...DEFINITION },
    lists: (query, asOf) => appointmentLists(query, asOf, { window, newsBy }),
    sweepLists: (asOf) => appointmentsOfWindow(asOf, { window, newsBy }),
    rules: (partition, asOf) => ({ partition, hidden, window: window.at(asOf) }),
  };
}
