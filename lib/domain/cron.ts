/** A cron expression of five fields: minute, hour, day of month, month, day of week. Each list is in order. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** From 0, Sunday. */
  readonly daysOfWeek: readonly number[];
}

interface Range {
  readonly least: number;
  readonly most: number;
  /** What may stand for numbers, from `least` on. */
  readonly names?: string;
}

const RANGES: Readonly<Record<keyof Cron, Range>> = {
  minutes: { least: 0, most: 59 },
  hours: { least: 0, most: 23 },
  daysOfMonth: { least: 1, most: 31 },
  months: { least: 1, most: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec' },
  // Sunday is 0 and 7.
  daysOfWeek: { least: 0, most: 7, names: 'sun mon tue wed thu fri sat' },
};

const DAY_MS = 86_400_000;

/** Between two 29th of February there may be eight years. */
const LONGEST_WAIT_DAYS = 8 * 366;

/**
 * Reads `0 8-18/4 * * 1-5`: numbers, ranges, lists, steps of `*` or of a range, and three letters for a month or a
 * weekday. @returns `undefined` when it is anything else, or names a day that no calendar has
 */
export function parseCron(text: string): Cron | undefined {
  const [minutes, hours, daysOfMonth, months, weekdays, ...more] = text.trim().split(/\s+/);
  const cron = {
    minutes: readField(minutes, RANGES.minutes),
    hours: readField(hours, RANGES.hours),
    daysOfMonth: readField(daysOfMonth, RANGES.daysOfMonth),
    months: readField(months, RANGES.months),
    daysOfWeek: inOrder(readField(weekdays, RANGES.daysOfWeek).map((day) => day % 7)),
  };
  const isWhole = Object.values(cron).every((values) => values.length > 0);
  return isWhole && more.length === 0 && everComes(cron) ? cron : undefined;
}

/**
 * Whether it falls on a day, given as its midnight in UTC. As everywhere in cron: where both the day of the month and
 * the day of the week are limited, one of them is enough.
 */
export function fallsOn({ daysOfMonth, months, daysOfWeek }: Cron, dayMs: number): boolean {
  const day = new Date(dayMs);
  if (!months.includes(day.getUTCMonth() + 1)) return false;
  const ofMonth = daysOfMonth.includes(day.getUTCDate());
  const ofWeek = daysOfWeek.includes(day.getUTCDay());
  return daysOfMonth.length < RANGES.daysOfMonth.most && daysOfWeek.length < 7 ? ofMonth || ofWeek : ofMonth && ofWeek;
}

/** The days it falls on, each as its midnight in UTC, from one on. */
export function* daysFrom(cron: Cron, dayMs: number): Generator<number> {
  for (let day = 0; day <= LONGEST_WAIT_DAYS; day += 1) {
    const ms = dayMs + day * DAY_MS;
    if (fallsOn(cron, ms)) yield ms;
  }
}

/** No values when the field cannot be read. */
function readField(field: string | undefined, range: Range): readonly number[] {
  const parts = (field ?? '').split(',').map((part) => readPart(part, range));
  return parts.some((values) => values.length === 0) ? [] : inOrder(parts.flat());
}

function readPart(part: string, range: Range): readonly number[] {
  const [, all, from = '', to, step] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? [];
  const first = all === undefined ? readValue(from, range) : range.least;
  const last = all === undefined ? (to === undefined ? first : readValue(to, range)) : range.most;
  const every = Number(step ?? 1);
  const isStepOfOne = step !== undefined && all === undefined && to === undefined;
  if (first === undefined || last === undefined || every === 0 || isStepOfOne) return [];
  const values: number[] = [];
  for (let value = first; value <= last; value += every) values.push(value);
  return values;
}

function readValue(text: string, { least, most, names = '' }: Range): number | undefined {
  const named = names.split(' ').indexOf(text.toLowerCase());
  if (named >= 0 && text !== '') return least + named;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : -1;
  return value >= least && value <= most ? value : undefined;
}

function inOrder(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function everComes(cron: Cron): boolean {
  return daysFrom(cron, 0).next().done === false;
}
