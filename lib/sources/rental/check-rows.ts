import { ZoneClock } from '../../domain/zone-clock.ts';
import type { CheckFinding } from '../../ports/source.ts';
import { looseDate } from '../kit/loose-date.ts';
import { type PlainDate, plainDateAt, plusDays } from '../kit/plain-date.ts';
import { attempt, finding } from '../kit/probes.ts';
import type { CheckParts } from './check-parts.ts';
import { firstOf, type RowFields, rowFields } from './fields.ts';
import type { WindowedStream } from './rental-client.ts';
import type { DayWindow } from './windows.ts';

interface Locations {
  readonly first: string;
  readonly second?: string;
}

/** A person waits for the check, who must not wait for as long as a sync may. */
const TIMEOUT_MS = 20_000;

/** What the bookings or the returns of two locations show. Three calls. */
export async function checkRows(
  parts: CheckParts,
  stream: WindowedStream,
  { first, second }: Locations,
): Promise<readonly CheckFinding[]> {
  const window = recentDays(parts, stream);
  const ask = (location: string) => attempt(() => parts.client.rows(stream, { window, location }, TIMEOUT_MS));
  const one = await ask(first);
  if (one.outcome === 'failed') {
    const advice = `If it is only slow, a sync waits for ${parts.settings.timeoutSeconds} s.`;
    return [finding(stream, 'failed', `${one.message}. ${advice}`)];
  }
  const other = second === undefined ? undefined : await ask(second);
  const others = other?.outcome === 'answered' ? other.value.elements : [];
  const counted = second === undefined ? '' : `, location ${second} ${others.length}`;
  const days = `${window.from} to ${window.to}`;
  const shown = `Readable: of ${days} location ${first} shows ${one.value.elements.length} rows${counted}.`;
  const rows = [...one.value.elements, ...others].map((element) => rowFields(element) ?? new Map());
  if (rows.length === 0) {
    return [finding(stream, 'warning', `${shown} Nothing else can be told without a row.`)];
  }
  return [
    finding(stream, 'ok', shown),
    numberFinding(parts, stream, rows),
    locationFinding(parts, stream, { first, one: one.value.elements, others }),
    daysFinding(parts, stream, rows, window),
    await byNumber(parts, stream, first, { elements: one.value.elements, to: window.to }),
  ];
}

function recentDays({ settings, clock }: CheckParts, stream: WindowedStream): DayWindow {
  const today = plainDateAt(clock.now(), new ZoneClock(settings.timeZone));
  const { windowDays, futureDays } = settings[stream];
  return { from: plusDays(today, -windowDays), to: plusDays(today, futureDays) };
}

function numberFinding({ fields }: CheckParts, stream: WindowedStream, rows: readonly RowFields[]): CheckFinding {
  const check = `${stream}-booking-number`;
  const without = rows.filter((row) => firstOf(row, fields.bookingNo) === undefined).length;
  if (without === 0) return finding(check, 'ok', 'Every row has a booking number.');
  if (without === rows.length) {
    return finding(check, 'failed', 'No row shows a booking number: set fields.bookingNo to the field that holds it.');
  }
  const message = `${without} of ${rows.length} rows have no booking number: they are known by phone, name and store.`;
  return finding(check, 'warning', message);
}

interface TwoAnswers {
  readonly first: string;
  readonly one: readonly string[];
  readonly others: readonly string[];
}

function locationFinding(
  { fields, settings }: CheckParts,
  stream: WindowedStream,
  { first, one, others }: TwoAnswers,
): CheckFinding {
  const check = `${stream}-location`;
  const same = one.filter((row) => others.includes(row)).length;
  if (same > 0) {
    const message = `${same} rows are shown for two locations: the location that is asked for is not heeded. Set locationParameter to the other one.`;
    return finding(check, 'failed', message);
  }
  const named = one.map((element) => firstOf(rowFields(element) ?? new Map(), fields.location));
  const strangers = named.filter((name) => name !== undefined && name !== first).length;
  if (settings.rowsNameLocation && strangers > 0) {
    const message = `${strangers} of ${one.length} rows name another location than the one that was asked for. Set fields.location, or rowsNameLocation to false.`;
    return finding(check, 'failed', message);
  }
  return finding(check, 'ok', 'A location is answered with its own rows.');
}

/** Whether there is a date in the rows that the days asked for bound. */
function daysFinding(
  { settings }: CheckParts,
  stream: WindowedStream,
  rows: readonly RowFields[],
  { from, to }: DayWindow,
): CheckFinding {
  const check = `${stream}-days`;
  const clock = new ZoneClock(settings.timeZone);
  const isWithin = (text: string | undefined) => {
    const read = text === undefined ? undefined : looseDate(text, { order: 'day-first', clock });
    return read?.outcome === 'date' && read.date >= from && read.date <= to;
  };
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const bounded = names.filter((name) => rows.every((row) => isWithin(row.get(name))));
  if (bounded.length > 0) {
    return finding(check, 'ok', `The days that are asked for bound ${bounded.join(', ')} of every row.`);
  }
  const message =
    'No date of the rows lies within the days that were asked for: what a window shows may be chosen by a day that the rows do not tell.';
  return finding(check, 'warning', message);
}

async function byNumber(
  { client, fields, settings }: CheckParts,
  stream: WindowedStream,
  location: string,
  { elements, to }: { readonly elements: readonly string[]; readonly to: PlainDate },
): Promise<CheckFinding> {
  const check = `${stream}-by-number`;
  const numberOf = (element: string) => firstOf(rowFields(element) ?? new Map(), fields.bookingNo);
  const bookingNo = elements.map(numberOf).find((number) => number !== undefined);
  if (bookingNo === undefined) return finding(check, 'warning', 'There is no booking number to ask for.');
  const days = settings.bookingNoDates === 'all' ? { window: { from: settings.historyFrom, to } } : {};
  const answer = await attempt(() => client.rows(stream, { bookingNo, location, ...days }, TIMEOUT_MS));
  if (answer.outcome === 'failed') return finding(check, 'failed', `Could not be probed. ${answer.message}`);
  const found = answer.value.elements.filter((element) => numberOf(element) === bookingNo).length;
  if (found === 0) {
    const message =
      'A booking is not found by its number: deletions could not be confirmed. Set bookingNoDates to all, and check again.';
    return finding(check, 'failed', message);
  }
  if (found < answer.value.elements.length) {
    return finding(
      check,
      'warning',
      'A query for one booking number shows other bookings too: it costs more than it need.',
    );
  }
  return finding(check, 'ok', 'A booking is found by its number.');
}
