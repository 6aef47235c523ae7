import type { CheckFinding } from '../../ports/source.ts';
import { attempt, finding, guarded } from '../kit/probes.ts';
import { parseFields } from '../kit/reading.ts';
import { type CheckParts, probeChangedSince, probeCursor, probeIds, probeLookup, probeSweep } from './check-probes.ts';
import { examineSample, type KnownRecord } from './check-sample.ts';
import { readId } from './record.ts';
import { eventsRequest, registrationsRequest } from './registration-query.ts';
import type { ReportPage } from './report-client.ts';

/**
 * Probes what Creator's documentation leaves open and only a live account can tell: above all that a filter by time
 * finds a record that is there, because one in a wrong format finds nothing, and nothing looks like no changes.
 * Costs about nine calls when all is well.
 */
export async function checkAccount(parts: CheckParts): Promise<readonly CheckFinding[]> {
  const access = await attempt(() => parts.client.authorize());
  if (access.outcome === 'failed') return [finding('token', 'failed', access.message)];
  const token = finding('token', 'ok', 'An access token was given.');
  const request = { ...registrationsRequest(parts.settings), pageSize: 200 } as const;
  const page = await attempt(() => parts.client.page(request));
  if (page.outcome === 'failed') {
    return [token, finding('registrations-report', 'failed', page.message), await checkEvents(parts, undefined)];
  }
  return [token, ...(await checkRegistrations(parts, page.value))];
}

async function checkRegistrations(parts: CheckParts, page: ReportPage): Promise<readonly CheckFinding[]> {
  if (page.elements.length === 0) {
    const message = 'The report is readable but shows no records: formats cannot be verified. Add one and check again.';
    return [finding('registrations-report', 'warning', message), await checkEvents(parts, undefined)];
  }
  const readable = finding(
    'registrations-report',
    'ok',
    `The report is readable; ${page.elements.length} records were examined.`,
  );
  const sample = examineSample(page, parts.settings);
  const known = sample.known;
  const probes = known === undefined ? [unprobed()] : await probe(parts, known);
  const { cursor } = page;
  const paging = cursor === undefined ? [] : [await guarded('cursor-parameters', () => probeCursor(parts, cursor))];
  return [readable, ...sample.findings, ...probes, ...paging, await checkEvents(parts, known)];
}

async function probe(parts: CheckParts, known: KnownRecord): Promise<readonly CheckFinding[]> {
  const ids = await guarded('id-criterion', () => probeIds(parts, known));
  // The other filters are tried on one record, picked by its id.
  if (ids.status !== 'ok') return [ids];
  const changed = await guarded('modified-criterion', () => probeChangedSince(parts, known));
  const lookup = await guarded('lookup-criterion', () => probeLookup(parts, known));
  const sweep = await guarded('sweep-fields', () => probeSweep(parts, known));
  return [ids, changed, lookup, sweep];
}

async function checkEvents(parts: CheckParts, known: KnownRecord | undefined): Promise<CheckFinding> {
  const { titleField } = parts.settings.events;
  const page = await attempt(() => parts.client.page({ ...eventsRequest(parts.settings), pageSize: 200 }));
  if (page.outcome === 'failed') return finding('events-report', 'failed', page.message);
  const events = page.value.elements.map((element) => parseFields(element) ?? {});
  if (events.length === 0) return finding('events-report', 'warning', 'The report is readable but shows no events.');
  const ids = events.map((event) => readId(event.ID));
  if (ids.every((id) => id.outcome !== 'read'))
    return finding('events-report', 'failed', 'No event of the report has an ID.');
  if (titleField !== undefined && !events.some((event) => Object.hasOwn(event, titleField))) {
    return finding(
      'events-report',
      'warning',
      `No event shows ${titleField}: add it to the report, or change events.titleField.`,
    );
  }
  const isMissing = known !== undefined && !ids.some((id) => id.outcome === 'read' && id.value === known.event);
  if (isMissing && page.value.cursor === undefined) {
    const message = `Event ${known.event}, which registration ${known.id} names, is not in the report: check that eventField and the report belong together, and the report's own filter.`;
    return finding('events-report', 'warning', message);
  }
  return finding('events-report', 'ok', `The report is readable; ${events.length} events were examined.`);
}

function unprobed(): CheckFinding {
  return finding(
    'modified-criterion',
    'failed',
    'No record has an ID, an event and a readable modified time: nothing can be probed.',
  );
}
