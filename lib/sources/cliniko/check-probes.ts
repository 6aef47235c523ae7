import { type Instant, plusMs } from '../../domain/instant.ts';
import { ZoneClock } from '../../domain/zone-clock.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CheckFinding } from '../../ports/source.ts';
import { ownField } from '../kit/exact-json.ts';
import { parseFields } from '../kit/reading.ts';
import type { ClinikoClient } from './cliniko-client.ts';
import { DayWindow } from './day-window.ts';
import { latestOf } from './decode-row.ts';
import { lastIdOf, refusesIdOrder } from './id-order.ts';
import { appointmentsOfWindow, instantText } from './lists.ts';
import { readId } from './record-id.ts';
import type { ClinikoAccount } from './settings.ts';

export interface CheckParts {
  readonly account: ClinikoAccount;
  readonly client: ClinikoClient;
  readonly clock: Clock;
}

/** A row that is there, to be found again by a time of its own. */
export interface KnownRow {
  readonly id: string;
  readonly at: Instant;
}

const SECOND_MS = 1_000;
const NEVER = '2100-01-01T00:00:00Z';
const LEAVING_TIME = { deleted: 'deleted_at', archived: 'archived_at', cancelled: 'cancelled_at' } as const;

/** Whether a list can be gone on with by ids: what every read of several pages tries. @throws SourceFailure */
export async function probeOrder({ client }: CheckParts, known: KnownRow): Promise<CheckFinding> {
  const check = 'id-order';
  if (await comesInOrder(client, known))
    return { check, status: 'ok', message: 'Lists come in the order of ids, and begin where they are asked to.' };
  const message =
    'Lists do not come in the order of ids: they are read by page numbers, with a call or two more for each of several pages.';
  return { check, status: 'warning', message };
}

/** Whether records are found by their ids and by no others: what confirms deletions. @throws SourceFailure */
export async function probeIds(parts: CheckParts, known: KnownRow, other?: KnownRow): Promise<CheckFinding> {
  const check = 'id-filter';
  if (await finds(parts, 'patients', known.id, [])) {
    if (other === undefined || (await findsBoth(parts, [known.id, other.id])))
      return { check, status: 'ok', message: 'A patient is found by its id, and only that one.' };
    const message =
      'A patient is found by its id, but not two by theirs at once: what is found absent is held as a plan, because nothing confirms that it is gone.';
    return { check, status: 'warning', message };
  }
  const message = `Patient ${known.id} is not found by its id: check the rights of the key's user, and check again.`;
  return { check, status: 'failed', message };
}

/** Whether a record is found by its modified time and not by a second after it. @throws SourceFailure */
export async function probeUpdated(parts: CheckParts, known: KnownRow): Promise<CheckFinding> {
  const check = 'updated-filter';
  const since = (at: Instant) => finds(parts, 'patients', known.id, [`updated_at:>=${instantText(at)}`]);
  if ((await since(known.at)) && !(await since(plusMs(known.at, SECOND_MS))))
    return { check, status: 'ok', message: 'A patient is found by its modified time, and not by a later one.' };
  const message = `Patient ${known.id} is not found by its modified time, or is found by a later one too: changes would be missed. If it was edited just now, check again.`;
  return { check, status: 'failed', message };
}

/**
 * Whether what has left is found in its list by the time that the settings ask by, and whether the plain list shows it
 * too, which does no harm. @throws SourceFailure
 */
export async function probeGone(parts: CheckParts, check: string, path: string, newsBy: string): Promise<CheckFinding> {
  const { rows } = await parts.client.page({ path, filters: [] });
  const known = rows.flatMap(goneRow)[0];
  if (known === undefined) return { check, status: 'ok', message: `${path} is readable; nothing stands in it.` };
  const since = (text: string) => finds(parts, path, known.id, [`${newsBy}:>=${text}`]);
  const [plain = path, kind] = path.split('/');
  if ((await since(instantText(known.at))) && !(await since(NEVER))) {
    const isShown = await finds(parts, plain, known.id, []);
    const also = isShown ? 'shows it too, marked as such' : 'does not show it';
    return { check, status: 'ok', message: `${path} is found by ${newsBy}; ${plain} ${also}.` };
  }
  const other = Object.entries(LEAVING_TIME).find(([name]) => name === kind)?.[1] ?? 'updated_at';
  const advice = newsBy === 'updated_at' ? other : 'updated_at';
  const message = `What stands in ${path} is not found by ${newsBy}: that it has left would be known only from a full. Set newsBy.${kind} to ${advice}.`;
  return { check, status: 'failed', message };
}

/** Whether appointments are found by when they take place, and only those. @throws SourceFailure */
export async function probeWindow({ account, client, clock }: CheckParts): Promise<CheckFinding> {
  const check = 'appointments-window';
  const { timeZone, appointments: days, newsBy } = account.settings;
  const window = new DayWindow({ ...days, clock: new ZoneClock(timeZone) });
  const [request] = appointmentsOfWindow(clock.now(), { window, newsBy });
  const { rows, total } = await client.page(request ?? { path: 'individual_appointments', filters: [] });
  const { from, until } = window.at(clock.now());
  const isElsewhere = rows.some((row) => {
    const startsAt = latestOf(parseFields(row) ?? {}, ['starts_at']);
    return startsAt.outcome === 'read' && (startsAt.at < from || startsAt.at >= until);
  });
  if (isElsewhere)
    return { check, status: 'failed', message: 'Appointments are not filtered by when they take place.' };
  const count = total === undefined ? '' : ` There are ${total}.`;
  const span = `from ${days.pastDays} days ago to ${days.futureDays} days ahead`;
  return { check, status: 'ok', message: `Appointments ${span} are found.${count}` };
}

/** Whether the zone is that of the organization's businesses. @throws SourceFailure */
export async function probeZone({ account, client }: CheckParts): Promise<CheckFinding> {
  const check = 'time-zone';
  const { timeZone } = account.settings;
  const { rows } = await client.page({ path: 'businesses', filters: [] });
  const zones = rows.map((row) => ownField(parseFields(row) ?? {}, 'time_zone_identifier'));
  const named = [...new Set(zones)].filter((zone) => typeof zone === 'string' && zone !== '');
  if (named.includes(timeZone)) return { check, status: 'ok', message: `A business is in ${timeZone}.` };
  const found = named.length === 0 ? 'No business tells its zone.' : `The businesses are in ${named.join(', ')}.`;
  const message = `${found} Days are those of ${timeZone}: set timeZone if that is wrong.`;
  return { check, status: 'warning', message };
}

function goneRow(row: string): readonly KnownRow[] {
  const fields = parseFields(row) ?? {};
  const [id, left] = [readId(fields), latestOf(fields, Object.values(LEAVING_TIME))];
  return id.outcome === 'read' && left.outcome === 'read' ? [{ id: id.id, at: left.at }] : [];
}

/** Whether a list shows exactly this row when it is asked for it by id. */
async function finds({ client }: CheckParts, path: string, id: string, filters: readonly string[]): Promise<boolean> {
  const { rows } = await client.page({ path, filters: [`id:=${id}`, ...filters] });
  const found = rows.map((row) => readId(parseFields(row) ?? {}));
  return found.length === 1 && found[0]?.outcome === 'read' && found[0].id === id;
}

async function comesInOrder(client: ClinikoClient, known: KnownRow): Promise<boolean> {
  try {
    const { rows } = await client.page({ path: 'patients', filters: [] }, { after: known.id });
    return lastIdOf(rows, known.id).outcome === 'ordered';
  } catch (error) {
    if (refusesIdOrder(error)) return false;
    throw error;
  }
}

async function findsBoth({ client }: CheckParts, ids: readonly string[]): Promise<boolean> {
  const { rows } = await client.page({ path: 'patients', filters: [`id:=${ids.join(',')}`] });
  const found = rows.map((row) => readId(parseFields(row) ?? {}));
  return ids.every((id) => found.some((read) => read.outcome === 'read' && read.id === id));
}
