import type { CheckFinding } from '../../ports/source.ts';
import { attempt, finding, guarded } from '../kit/probes.ts';
import { parseFields } from '../kit/reading.ts';
import {
  type CheckParts,
  type KnownRow,
  probeGone,
  probeIds,
  probeOrder,
  probeUpdated,
  probeWindow,
  probeZone,
} from './check-probes.ts';
import type { ListPage } from './cliniko-client.ts';
import { latestOf } from './decode-row.ts';
import { readId } from './record-id.ts';

/**
 * Probes what Cliniko's documentation leaves open and only a live account can tell: above all that its filters do
 * filter, because one that does not looks like a list of everything or of nothing. Costs about twenty calls.
 */
export async function checkAccount(parts: CheckParts): Promise<readonly CheckFinding[]> {
  const { client, account } = parts;
  const page = await attempt(() => client.page({ path: 'patients', filters: [] }));
  if (page.outcome === 'failed') return [finding('api-key', 'failed', page.message)];
  const patients = page.value.total === undefined ? '' : ` It shows ${page.value.total} patients.`;
  return [
    finding('api-key', 'ok', `The key is accepted by ${new URL(account.origin).host}.${patients}`),
    finding('user-agent', 'ok', 'Calls name an application and a contact, as the vendor demands.'),
    ...(await checkLists(parts, page.value)),
    await guarded('time-zone', () => probeZone(parts)),
  ];
}

async function checkLists(parts: CheckParts, page: ListPage): Promise<readonly CheckFinding[]> {
  const { deleted, archived, cancelled } = parts.account.settings.newsBy;
  const probes: readonly (readonly [check: string, run: () => Promise<CheckFinding>])[] = [
    ['deleted-patients', () => probeGone(parts, 'deleted-patients', 'patients/deleted', deleted)],
    ['archived-patients', () => probeGone(parts, 'archived-patients', 'patients/archived', archived)],
    ['appointments-window', () => probeWindow(parts)],
    [
      'deleted-appointments',
      () => probeGone(parts, 'deleted-appointments', 'individual_appointments/deleted', deleted),
    ],
    [
      'cancelled-appointments',
      () => probeGone(parts, 'cancelled-appointments', 'individual_appointments/cancelled', cancelled),
    ],
  ];
  const findings = [...(await checkFilters(parts, page))];
  for (const [check, run] of probes) findings.push(await guarded(check, run));
  return findings;
}

async function checkFilters(parts: CheckParts, page: ListPage): Promise<readonly CheckFinding[]> {
  const [known, other] = page.rows.flatMap(knownRow);
  if (known === undefined) {
    const message = 'There is no patient with an id and a time: filters cannot be verified. Add one and check again.';
    return [finding('id-filter', 'warning', message)];
  }
  return [
    await guarded('id-order', () => probeOrder(parts, known)),
    await guarded('id-filter', () => probeIds(parts, known, other)),
    await guarded('updated-filter', () => probeUpdated(parts, known)),
  ];
}

function knownRow(row: string): readonly KnownRow[] {
  const fields = parseFields(row) ?? {};
  const [id, updated] = [readId(fields), latestOf(fields, ['updated_at'])];
  return id.outcome === 'read' && updated.outcome === 'read' ? [{ id: id.id, at: updated.at }] : [];
}
