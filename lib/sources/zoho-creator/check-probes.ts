import { plusMs } from '../../domain/instant.ts';
import { type CheckFinding, SourceFailure } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import { parseFields } from '../kit/reading.ts';
import type { KnownRecord } from './check-sample.ts';
import { Criterion, type LookupForm } from './criteria.ts';
import { DATE_FORMATS, DateCodec, type DateFormat } from './date-codec.ts';
import { readId, readLookup } from './record.ts';
import { registrationsRequest, versionsRequest } from './registration-query.ts';
import type { ReportClient, ReportRequest } from './report-client.ts';
import type { ZohoSettings } from './settings.ts';

export interface CheckParts {
  readonly settings: ZohoSettings;
  readonly client: ReportClient;
}

const REFUSALS: ReadonlySet<string> = new Set(['source-misconfigured', 'source-cursor-expired']);
/** An unknown view may be answered with anything. */
const SWEEP_REFUSALS: ReadonlySet<string> = new Set([...REFUSALS, 'source-malformed']);
const LOOKUP_FORMS: readonly LookupForm[] = ['dot-id', 'bare', 'quoted'];

/** Whether a record is found by its id: what confirms deletions. @throws SourceFailure when the source does not answer */
export async function probeIds(parts: CheckParts, known: KnownRecord): Promise<CheckFinding> {
  const check = 'id-criterion';
  if (await finds(parts, known)) return { check, status: 'ok', message: 'A record is found by its ID.' };
  const message = `Record ${known.id} is not found by its ID: check the report's filter and the user's rights, and check again.`;
  return { check, status: 'failed', message };
}

/**
 * Whether a record is found by its own modified time and not by the second after it. A format in which the source
 * reads another date, or none, fails one or the other; then the known formats are tried in turn.
 * @throws SourceFailure when the source does not answer
 */
export async function probeChangedSince(parts: CheckParts, known: KnownRecord): Promise<CheckFinding> {
  const check = 'modified-criterion';
  const { dateFormat, timeZone, addedTimeField, modifiedTimeField } = parts.settings;
  const works = async (format: DateFormat): Promise<boolean> => {
    const codec = new DateCodec(format, timeZone);
    const since = (text: string) => Criterion.changedSince(addedTimeField, modifiedTimeField, text);
    const isFound = await finds(parts, known, since(codec.lowerBoundText(known.modified)));
    return isFound && !(await finds(parts, known, since(codec.write(plusMs(known.modified, 1000)))));
  };
  const working = await firstThat([dateFormat, ...DATE_FORMATS.filter((format) => format !== dateFormat)], works);
  if (working === dateFormat)
    return { check, status: 'ok', message: 'A record is found again by its own modified time.' };
  const advice =
    working === undefined
      ? `Nor in any other known format: check ${addedTimeField} and ${modifiedTimeField}, and that no workflow rewrites records.`
      : `Set dateFormat to ${working}.`;
  const message = `Record ${known.id} is not found again by its own modified time written as ${dateFormat}: changes would be missed. ${advice}`;
  return { check, status: 'failed', message };
}

/**
 * Which form of the event filter finds a record by its event and by no other.
 * @throws SourceFailure when the source does not answer
 */
export async function probeLookup(parts: CheckParts, known: KnownRecord): Promise<CheckFinding> {
  const check = 'lookup-criterion';
  const { registrations, lookupCriterion } = parts.settings;
  const otherEvent = known.event === '1' ? '2' : '1';
  const works = async (form: LookupForm): Promise<boolean> => {
    const isFound = await finds(parts, known, Criterion.lookupIs(registrations.eventField, known.event, form));
    return isFound && !(await finds(parts, known, Criterion.lookupIs(registrations.eventField, otherEvent, form)));
  };
  const working = await firstThat([lookupCriterion, ...LOOKUP_FORMS.filter((form) => form !== lookupCriterion)], works);
  if (working === lookupCriterion)
    return { check, status: 'ok', message: `A record is found by its event as ${working}.` };
  const advice =
    working === undefined
      ? `Nor in any other form: check that ${registrations.eventField} is a lookup field of the form.`
      : `Set lookupCriterion to ${working}.`;
  const message = `Record ${known.id} is not found by its event ${known.event} as ${lookupCriterion}: reading one event would find nothing. ${advice}`;
  return { check, status: 'failed', message };
}

/**
 * Whether a second page is served, with or without the first one's parameters as the settings say.
 * @throws SourceFailure when the source does not answer
 */
export async function probeCursor(parts: CheckParts, cursor: string): Promise<CheckFinding> {
  const check = 'cursor-parameters';
  const configured = parts.settings.cursorParameters;
  const other = configured === 'repeat' ? 'omit' : 'repeat';
  const request = { ...registrationsRequest(parts.settings), pageSize: 200, cursor } as const;
  const works = (cursorParameters: 'repeat' | 'omit') =>
    accepted(async () => {
      await parts.client.page({ ...request, cursorParameters });
      return true;
    });
  const working = await firstThat([configured, other], works);
  if (working === configured) return { check, status: 'ok', message: 'A second page is served.' };
  const advice = working === undefined ? 'Nor in the other way: check again.' : `Set cursorParameters to ${working}.`;
  return {
    check,
    status: 'failed',
    message: `A second page is refused with cursorParameters ${configured}. ${advice}`,
  };
}

/**
 * Whether ids, events and times can be asked for without the rest of a record, as sweeps do unless the settings say
 * otherwise. @throws SourceFailure when the source does not answer
 */
export async function probeSweep(parts: CheckParts, known: KnownRecord): Promise<CheckFinding> {
  const check = 'sweep-fields';
  if (parts.settings.sweepFields === 'all')
    return { check, status: 'ok', message: 'Sweeps read whole records, as sweepFields says.' };
  const { addedTimeField, modifiedTimeField, registrations } = parts.settings;
  const works = await accepted(async () => {
    const row = await rowOf(parts, known, versionsRequest(parts.settings), Criterion.idIn([known.id]));
    const event = readLookup(row && ownField(row, registrations.eventField));
    const times = [addedTimeField, modifiedTimeField].map((field) => row && ownField(row, field));
    const hasTime = times.some((time) => typeof time === 'string' && time !== '');
    return event.outcome === 'read' && event.value === known.event && hasTime;
  }, SWEEP_REFUSALS);
  if (works) return { check, status: 'ok', message: 'A record shows its event and times when nothing else is asked.' };
  const message = `Record ${known.id} does not show its event and times when nothing else is asked: audits would fail. Set sweepFields to all.`;
  return { check, status: 'failed', message };
}

/** Whether the known record meets a criterion. */
function finds(parts: CheckParts, known: KnownRecord, criterion?: Criterion): Promise<boolean> {
  const byId = Criterion.idIn([known.id]);
  const combined = criterion === undefined ? byId : Criterion.allOf(criterion, byId);
  return accepted(
    async () => (await rowOf(parts, known, registrationsRequest(parts.settings), combined)) !== undefined,
  );
}

/** The known record, if it is among what a request is answered with. */
async function rowOf(
  parts: CheckParts,
  known: KnownRecord,
  request: ReportRequest,
  criterion: Criterion,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const page = await parts.client.page({ ...request, pageSize: 200, criterion });
  const rows = page.elements.map(parseFields).filter((row) => row !== undefined);
  return rows.find((row) => {
    const id = readId(ownField(row, 'ID'));
    return id.outcome === 'read' && id.value === known.id;
  });
}

/** What a probe answers; `false` when the source refuses the form it is asked in. */
async function accepted(run: () => Promise<boolean>, refusals: ReadonlySet<string> = REFUSALS): Promise<boolean> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SourceFailure && refusals.has(error.code)) return false;
    throw error;
  }
}

async function firstThat<T>(
  candidates: readonly T[],
  holds: (candidate: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const candidate of candidates) {
    if (await holds(candidate)) return candidate;
  }
  return undefined;
}
