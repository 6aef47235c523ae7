import { instantFromMs } from '../../domain/instant.ts';
import type { ZoneClock } from '../../domain/zone-clock.ts';
import { type PlainDate, plainDate, plainDateAt } from './plain-date.ts';

export interface LooseDateRules {
  /** Whether `05/11/2026` is 5 November or 11 May. Absent: whoever does not say is not understood. */
  readonly order?: 'day-first' | 'month-first';
  /** Where the days are: a text that states an offset from UTC is an instant, and the day is that of this clock. */
  readonly clock: ZoneClock;
}

export type LooseDate =
  | { readonly outcome: 'date'; readonly date: PlainDate }
  /** Empty, or what a database writes for no date at all. */
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'refused'; readonly reason: LooseDateProblem };

export type LooseDateProblem =
  /** Day and month, or day and year, could be exchanged, and the rules do not say which is which. */
  | 'ambiguous'
  /** It can only be read in the other order than the rules say: then so may all its neighbours. */
  | 'other-order'
  /** There is no such day or time. */
  | 'impossible'
  /** None of the spellings that are known. */
  | 'unreadable';

type DayAndTime = readonly [day: string, time: string];

const TIME =
  /[T\s,]\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:\s*([AaPp])\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/;
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)$/;
const DAY_MONTH_NAME = /^(\d{1,2})(?:st|nd|rd|th)?[-/.,\s]+([a-z]+)\.?[-/.,\s]+(\d{4}|\d\d)$/i;
const MONTH_NAME_DAY = /^([a-z]+)\.?[-/.,\s]+(\d{1,2})(?:st|nd|rd|th)?[-/.,\s]+(\d{4})$/i;
const TICKS = /^\/Date\((-?\d{1,14})(?:[+-]\d{4})?\)\/$/;
/** What .NET and MySQL write for a date that was never set. */
const NEVER_SET: ReadonlySet<string> = new Set(['0001-01-01', '0000-00-00']);
const MINUTE_MS = 60_000;

/**
 * The day that a text names, in any usual spelling: year first, day or month first, with the month's name, with or
 * without a time. A time without an offset changes nothing; with one, the text is an instant. A year of two digits is of
 * this century, and is understood only where the rules state the order. Never guesses.
 */
export function looseDate(text: string, rules: LooseDateRules): LooseDate {
  const trimmed = text.normalize('NFKC').trim();
  if (trimmed === '') return { outcome: 'absent' };
  const ticks = TICKS.exec(trimmed)?.[1];
  if (ticks !== undefined) return read(plainDateAt(instantFromMs(Number(ticks)), rules.clock));
  const [day, time] = splitTime(trimmed);
  const date = dayOf(day.replace(WEEKDAY, ''), rules);
  return date.outcome === 'date' && time !== '' ? atTime(date.date, time, rules.clock) : date;
}

function splitTime(text: string): DayAndTime {
  const match = TIME.exec(text);
  return match === null ? [text, ''] : [text.slice(0, match.index).trim(), match[0]];
}

function dayOf(text: string, rules: LooseDateRules): LooseDate {
  const yearFirst = YEAR_FIRST.exec(text) ?? COMPACT.exec(text);
  if (yearFirst !== null) {
    const [year, month, day] = [yearFirst[1], yearFirst.at(-2), yearFirst.at(-1)];
    return NEVER_SET.has(`${year}-${month}-${day}`) ? { outcome: 'absent' } : existing(year, Number(month), day);
  }
  const yearLast = YEAR_LAST.exec(text);
  if (yearLast !== null) return ordered(yearLast[1] ?? '', yearLast[3] ?? '', yearLast[4] ?? '', rules);
  const [, day, name, year] = DAY_MONTH_NAME.exec(text) ?? named(MONTH_NAME_DAY.exec(text));
  if (name === undefined) return refused('unreadable');
  return year?.length === 2 && rules.order === undefined ? refused('ambiguous') : existing(year, monthOf(name), day);
}

/** Month, day and year in the order of the other spelling. */
function named(match: RegExpExecArray | null): readonly (string | undefined)[] {
  return match === null ? [] : [match[0], match[2], match[1], match[3]];
}

function ordered(first: string, second: string, year: string, { order }: LooseDateRules): LooseDate {
  const dayFirst = existing(year, Number(second), first);
  const monthFirst = existing(year, Number(first), second);
  if (order !== undefined) {
    const [wanted, other] = order === 'day-first' ? [dayFirst, monthFirst] : [monthFirst, dayFirst];
    return wanted.outcome === 'refused' && other.outcome === 'date' ? refused('other-order') : wanted;
  }
  if (year.length === 2) return refused('ambiguous');
  if (dayFirst.outcome !== 'date' || monthFirst.outcome !== 'date') {
    return dayFirst.outcome === 'date' ? dayFirst : monthFirst;
  }
  return dayFirst.date === monthFirst.date ? dayFirst : refused('ambiguous');
}

function existing(year: string | undefined, month: number | undefined, day: string | undefined): LooseDate {
  if (year === undefined || month === undefined || day === undefined) return refused('unreadable');
  const date = plainDate(Number(year.length === 2 ? `20${year}` : year), month, Number(day));
  return date === undefined ? refused('impossible') : read(date);
}

/** The day after the time and the offset have had their say. */
function atTime(date: PlainDate, text: string, clock: ZoneClock): LooseDate {
  const [, hours = '', minutes = '', seconds = '0', half, offset] = TIME.exec(text) ?? [];
  const hour = half === undefined ? Number(hours) : hourOfHalf(Number(hours), half);
  if (hour === undefined || hour > 23 || Number(minutes) > 59 || Number(seconds) > 60) return refused('impossible');
  if (offset === undefined) return read(date);
  const wall = Date.parse(`${date}T00:00:00Z`) + (hour * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * 1000;
  return read(plainDateAt(instantFromMs(wall - offsetMinutes(offset) * MINUTE_MS), clock));
}

function hourOfHalf(hour: number, half: string): number | undefined {
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

function offsetMinutes(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function monthOf(name: string): number | undefined {
  const month = name.length < 3 ? -1 : MONTHS.indexOf(name.slice(0, 3).toLowerCase());
  return month === -1 ? undefined : month + 1;
}

function read(date: PlainDate): LooseDate {
  return { outcome: 'date', date };
}

function refused(reason: LooseDateProblem): LooseDate {
  return { outcome: 'refused', reason };
}
