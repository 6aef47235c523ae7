import { type Instant, plusMs } from '../../domain/instant.ts';
import type { SourceQuery } from '../../ports/source.ts';
import type { DayWindow, Span } from './day-window.ts';
import { CLINIKO_ID } from './record-id.ts';
import type { ClinikoSettings } from './settings.ts';

/** One of the vendor's lists, with its filters. */
export interface ListRequest {
  readonly path: string;
  /** `field:operator value`, all of which a row must meet. */
  readonly filters: readonly string[];
  /** Whether whatever stands in it has left. */
  readonly isOfGone: boolean;
  /** Whether its records are all that the query finds, so that its size is the query's. */
  readonly isWhole?: boolean;
}

/** What of a query decides which lists are read. */
export type ListQuery = Pick<SourceQuery, 'since' | 'ids'>;

type NewsBy = ClinikoSettings['newsBy'];

const IDS_AT_ONCE = 100;

/** What the vendor keeps of patients, list by list. A full needs no list of what has left: it finds it absent. */
export function patientLists({ since, ids }: ListQuery, newsBy: NewsBy): readonly ListRequest[] {
  if (ids !== undefined) return listsByIds('patients', ids);
  if (since === undefined) return [{ path: 'patients', filters: [], isOfGone: false, isWhole: true }];
  return [
    { path: 'patients', filters: [notBefore('updated_at', since)], isOfGone: false, isWhole: true },
    { path: 'patients/deleted', filters: [notBefore(newsBy.deleted, since)], isOfGone: true },
    { path: 'patients/archived', filters: [notBefore(newsBy.archived, since)], isOfGone: true },
  ];
}

/** How far back a full looks for appointments that have left at the window's lower side. */
const LEFT_DAYS_MS = 14 * 86_400_000;

export interface AppointmentRules {
  readonly window: DayWindow;
  readonly newsBy: NewsBy;
}

/**
 * What the vendor keeps of appointments, list by list. What changed is asked for whenever it takes place: an appointment
 * that is moved out of the window is told by that alone. And what has entered or left the window because days have
 * passed since `since`, without being changed, is asked for by when it takes place.
 * @param asOf the source's clock: decides which day is today
 */
export function appointmentLists(query: ListQuery, asOf: Instant, rules: AppointmentRules): readonly ListRequest[] {
  const { since, ids } = query;
  if (ids !== undefined) return listsByIds('individual_appointments', ids);
  const window = rules.window.at(asOf);
  if (since === undefined) {
    const before = { from: plusMs(window.from, -LEFT_DAYS_MS), until: window.from };
    return [{ ...takingPlace(window), isWhole: true }, takingPlace(before)];
  }
  const then = rules.window.at(since);
  const { deleted, cancelled } = rules.newsBy;
  const path = 'individual_appointments';
  return [
    { path, filters: [notBefore('updated_at', since)], isOfGone: false },
    ...passed({ from: then.until, until: window.until }),
    ...passed({ from: then.from, until: window.from }),
    { path: `${path}/deleted`, filters: [notBefore(deleted, since)], isOfGone: true },
    { path: `${path}/cancelled`, filters: [notBefore(cancelled, since)], isOfGone: true },
    // There is no list of archived ones, but a filter.
    { path, filters: [notBefore('archived_at', since)], isOfGone: false },
  ];
}

/** All appointments of the window, and nothing else: what a sweep reads. */
export function appointmentsOfWindow(asOf: Instant, { window }: AppointmentRules): readonly ListRequest[] {
  return [{ ...takingPlace(window.at(asOf)), isWhole: true }];
}

function passed(span: Span): readonly ListRequest[] {
  return span.from < span.until ? [takingPlace(span)] : [];
}

function takingPlace({ from, until }: Span): ListRequest {
  const filters = [notBefore('starts_at', from), `starts_at:<${instantText(until)}`];
  return { path: 'individual_appointments', filters, isOfGone: false };
}

/** What is no id of the vendor's is of nobody, and none is asked for by a list that has no end. */
function listsByIds(path: string, ids: readonly string[]): readonly ListRequest[] {
  const usable = ids.filter((id) => CLINIKO_ID.test(id));
  const starts = Array.from({ length: Math.max(1, Math.ceil(usable.length / IDS_AT_ONCE)) }, (_, n) => n * IDS_AT_ONCE);
  return starts.map((start) => {
    const some = usable.slice(start, start + IDS_AT_ONCE);
    return { path, filters: [`id:=${some.join(',') || '0'}`], isOfGone: false };
  });
}

function notBefore(field: string, instant: Instant): string {
  return `${field}:>=${instantText(instant)}`;
}

/** Whole seconds of UTC, the only form the vendor's filters take: never later than the instant. */
export function instantText(instant: Instant): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}
