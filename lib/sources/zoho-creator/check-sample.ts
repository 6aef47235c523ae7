import { type Instant, msBetween } from '../../domain/instant.ts';
import type { CheckFinding } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import { parseFields } from '../kit/reading.ts';
import { DATE_FORMATS, DateCodec, type DateFormat } from './date-codec.ts';
import { decodeRecord, readId, readLookup } from './record.ts';
import type { ReportPage } from './report-client.ts';
import type { ZohoSettings } from './settings.ts';

/** A record that is there, to be found again. */
export interface KnownRecord {
  readonly id: string;
  readonly event: string;
  readonly modified: Instant;
}

export interface Sample {
  readonly findings: readonly CheckFinding[];
  /** The oldest usable record: the least likely to be changed while it is searched for. */
  readonly known: KnownRecord | undefined;
}

/** The vendor's own ids are what filters take. */
const NO_NAMESPACE = new PartitionNamespace(undefined);

type Row = Readonly<Record<string, unknown>>;

/** Clocks of one vendor may differ this much; a wrong zone differs by half an hour at least. */
const PLAUSIBLE_AHEAD_MS = 300_000;

/** What one page of registrations shows about the settings. */
export function examineSample(page: ReportPage, settings: ZohoSettings): Sample {
  const rows = page.elements.map((element) => parseFields(element) ?? {});
  const times = timesOf(rows, settings);
  const fitting = DATE_FORMATS.filter((format) => fits(format, times, settings, page.servedAt));
  const format = fitting.includes(settings.dateFormat) ? settings.dateFormat : fitting[0];
  const codec = format && new DateCodec(format, settings.timeZone);
  const known =
    codec === undefined ? [] : page.elements.flatMap((element) => knownOf(element, codec, settings, page.servedAt));
  const byAge = known.toSorted((a, b) => a.modified - b.modified);
  return {
    findings: [
      idFinding(rows),
      eventFinding(rows, settings),
      timeFieldsFinding(rows, settings),
      formatFinding(times, fitting, settings),
      ...zoneFindings(byAge.at(-1), page.servedAt, settings),
    ],
    known: byAge[0],
  };
}

function idFinding(rows: readonly Row[]): CheckFinding {
  const bad = rows.filter((row) => readId(ownField(row, 'ID')).outcome !== 'read').length;
  if (bad === 0) return { check: 'record-id', status: 'ok', message: 'Every record has an ID.' };
  const status = bad === rows.length ? 'failed' : 'warning';
  return {
    check: 'record-id',
    status,
    message: `${bad} of ${rows.length} records have no usable ID and are quarantined.`,
  };
}

function eventFinding(rows: readonly Row[], settings: ZohoSettings): CheckFinding {
  const { eventField } = settings.registrations;
  const bad = rows.filter((row) => readLookup(ownField(row, eventField)).outcome !== 'read').length;
  if (bad === 0)
    return { check: 'event-field', status: 'ok', message: `Every record names its event in ${eventField}.` };
  if (bad < rows.length) {
    const message = `${bad} of ${rows.length} records name no event in ${eventField} and are quarantined.`;
    return { check: 'event-field', status: 'warning', message };
  }
  const message = `No record shows an event in ${eventField}: add the field to the report, or set registrations.eventField to the lookup's link name.`;
  return { check: 'event-field', status: 'failed', message };
}

function timeFieldsFinding(rows: readonly Row[], settings: ZohoSettings): CheckFinding {
  const [added, modified] = [settings.addedTimeField, settings.modifiedTimeField].map((field) => {
    return {
      field,
      isShown: rows.some((row) => typeof ownField(row, field) === 'string' && ownField(row, field) !== ''),
    };
  });
  const hidden = [modified, added].flatMap((time) => (time === undefined || time.isShown ? [] : [time.field]));
  if (hidden.length === 0) return { check: 'modified-time', status: 'ok', message: 'The report shows both times.' };
  if (hidden.every((field) => rows.some((row) => ownField(row, field) !== undefined))) {
    const message = `${hidden.join(' and ')} is empty in every record examined: right only if none of them was ever edited.`;
    return { check: 'modified-time', status: 'warning', message };
  }
  const status = hidden.includes(settings.modifiedTimeField) ? 'failed' : 'warning';
  const message = `The report does not show ${hidden.join(' and ')}: add it to the report, for instance as a grouping field.`;
  return { check: 'modified-time', status, message };
}

function formatFinding(times: readonly string[], fitting: readonly DateFormat[], settings: ZohoSettings): CheckFinding {
  const check = 'date-format';
  if (times.length === 0) return { check, status: 'failed', message: 'No record shows a time.' };
  if (fitting.includes(settings.dateFormat)) {
    return { check, status: 'ok', message: `Every time reads as ${settings.dateFormat} HH:mm:ss.` };
  }
  const advice =
    fitting.length === 0 ? `Known formats: ${DATE_FORMATS.join(', ')}.` : `Set dateFormat to ${fitting.join(' or ')}.`;
  return { check, status: 'failed', message: `The times do not read as ${settings.dateFormat} HH:mm:ss. ${advice}` };
}

function zoneFindings(
  newest: KnownRecord | undefined,
  servedAt: Instant,
  settings: ZohoSettings,
): readonly CheckFinding[] {
  if (newest === undefined) return [];
  const aheadMs = msBetween(newest.modified, servedAt);
  if (aheadMs <= PLAUSIBLE_AHEAD_MS) {
    return [
      { check: 'time-zone', status: 'ok', message: `No time lies in the future when read in ${settings.timeZone}.` },
    ];
  }
  const minutes = Math.round(aheadMs / 60_000);
  const message = `Record ${newest.id} would have been modified ${minutes} minutes after the source's own clock: the application's zone lies east of ${settings.timeZone}. Set timeZone to the one in the application's settings.`;
  return [{ check: 'time-zone', status: 'failed', message }];
}

function timesOf(rows: readonly Row[], settings: ZohoSettings): readonly string[] {
  const fields = [settings.addedTimeField, settings.modifiedTimeField];
  const values = rows.flatMap((row) => fields.map((field) => ownField(row, field)));
  return values.flatMap((value) => (typeof value === 'string' && value !== '' ? [value] : []));
}

function fits(format: DateFormat, times: readonly string[], settings: ZohoSettings, servedAt: Instant): boolean {
  const codec = new DateCodec(format, settings.timeZone);
  return times.length > 0 && times.every((time) => codec.parse(time, servedAt) !== undefined);
}

function knownOf(element: string, codec: DateCodec, settings: ZohoSettings, servedAt: Instant): readonly KnownRecord[] {
  const { eventField } = settings.registrations;
  const decoded = decodeRecord(element, servedAt, { ...settings, eventField, codec, namespace: NO_NAMESPACE });
  if (decoded.outcome === 'rejected') return [];
  const { id, partition, modified } = decoded.record;
  return [{ id, event: partition, modified }];
}
