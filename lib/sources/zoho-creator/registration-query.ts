import { SourceFailure, type SourceQuery } from '../../ports/source.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { Criterion, MAX_IDS, ZOHO_ID } from './criteria.ts';
import type { DateCodec } from './date-codec.ts';
import type { ReportRequest } from './report-client.ts';
import type { ZohoSettings } from './settings.ts';

interface QueryParts {
  readonly settings: ZohoSettings;
  readonly codec: DateCodec;
  readonly namespace: PartitionNamespace;
}

/** What every request for registrations has in common. */
export function registrationsRequest(settings: ZohoSettings): ReportRequest {
  const { report, fields } = settings.registrations;
  const { pageSize, fieldConfig, cursorParameters } = settings;
  const needed = new Set([...versionFields(settings), ...(fields ?? [])]);
  const custom = fieldConfig === 'custom' ? { fields: [...needed] } : {};
  return { report, pageSize, fieldConfig, cursorParameters, ...custom };
}

/** What every request for versions alone has in common. However large records are, a thousand versions fit a page. */
export function versionsRequest(settings: ZohoSettings): ReportRequest {
  const { registrations, cursorParameters } = settings;
  const { report } = registrations;
  return { report, pageSize: 1000, fieldConfig: 'custom', fields: versionFields(settings), cursorParameters };
}

/** The fields without which no record can be applied. */
function versionFields({ registrations, addedTimeField, modifiedTimeField }: ZohoSettings): readonly string[] {
  return ['ID', registrations.eventField, addedTimeField, modifiedTimeField];
}

/** What every request for events has in common. */
export function eventsRequest(settings: ZohoSettings): ReportRequest {
  const { pageSize, cursorParameters } = settings;
  return { report: settings.events.report, pageSize, fieldConfig: 'all', cursorParameters };
}

/** In how many requests a query's ids are asked for; 1 for a query without ids. */
export function chunkCount(query: SourceQuery): number {
  return query.ids === undefined ? 1 : Math.ceil(query.ids.length / MAX_IDS);
}

/**
 * The filter of one chunk of a query; none when everything is asked for. Ids alone decide where there are any: the
 * records are wanted wherever they are now, and however old.
 * @throws SourceFailure when the query names what cannot be an id, so that nothing of it reaches the source
 */
export function criterionOf(query: SourceQuery, chunk: number, parts: QueryParts): Criterion | undefined {
  if (query.ids !== undefined) return idsOf(query.ids, chunk);
  const { addedTimeField, modifiedTimeField } = parts.settings;
  const [first, ...rest] = [
    ...(query.since === undefined
      ? []
      : [Criterion.changedSince(addedTimeField, modifiedTimeField, parts.codec.lowerBoundText(query.since))]),
    ...(query.partition === undefined ? [] : [eventOf(query.partition, parts)]),
  ];
  return first && Criterion.allOf(first, ...rest);
}

function idsOf(ids: readonly string[], chunk: number): Criterion {
  if (ids.length === 0) throw refused('an id query names no ids');
  if (!ids.every((id) => ZOHO_ID.test(id))) throw refused('a record id has 1 to 19 digits');
  const wanted = ids.slice(chunk * MAX_IDS, (chunk + 1) * MAX_IDS);
  if (wanted.length === 0)
    throw new SourceFailure('source-cursor-expired', 'Zoho Creator: the page token is of another query');
  return Criterion.idIn(wanted);
}

function eventOf(partition: string, parts: QueryParts): Criterion {
  const event = parts.namespace.own(partition);
  if (event === undefined || !ZOHO_ID.test(event)) throw refused('an event id has 1 to 19 digits, after its namespace');
  const { registrations, lookupCriterion } = parts.settings;
  return Criterion.lookupIs(registrations.eventField, event, lookupCriterion);
}

function refused(words: string): SourceFailure {
  return new SourceFailure('source-misconfigured', `Zoho Creator: ${words}`);
}
