import { type Instant, instantFromMs } from '../../../lib/domain/instant.ts';

/** How an app writes times: its zone, and its date format out of `dd`, `MM`, `MMM`, `yyyy` and separators. */
export interface LocalFormat {
  readonly timeZone: string;
  readonly dateFormat: string;
}

interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
const DATE_PARTS = /yyyy|MMM|MM|dd/g;

/** Local date and time without an offset, the way the vendor writes it: `21-Sep-2025 07:00:00`. */
export function formatLocal(instant: Instant, format: LocalFormat): string {
  const wall = wallAt(instant, format.timeZone);
  const time = [wall.hour, wall.minute, wall.second].map(twoDigits).join(':');
  return `${formatDate(wall, format.dateFormat)} ${time}`;
}

/**
 * The instant a local text means; a date alone means its midnight. A time that occurs twice means its first
 * occurrence, one that is skipped means as much later as the clocks are put forward. `undefined` when the text is not
 * exactly in the app's format.
 */
export function parseLocal(text: string, format: LocalFormat): Instant | undefined {
  const wall = readWall(text, format.dateFormat);
  if (!wall) return undefined;
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  const offsets = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) => offsetMs(instantFromMs(near), format.timeZone));
  const candidates = offsets.map((offset) => ({ offset, at: instantFromMs(asUtc - offset) }));
  const real = candidates.filter(({ at, offset }) => offsetMs(at, format.timeZone) === offset).map(({ at }) => at);
  return real.sort((a, b) => a - b)[0] ?? candidates[0]?.at;
}

function formatDate(wall: Wall, dateFormat: string): string {
  const parts: Readonly<Record<string, string>> = {
    yyyy: String(wall.year).padStart(4, '0'),
    MMM: MONTHS[wall.month - 1] ?? '',
    MM: twoDigits(wall.month),
    dd: twoDigits(wall.day),
  };
  return dateFormat.replace(DATE_PARTS, (part) => parts[part] ?? part);
}

function readWall(text: string, dateFormat: string): Wall | undefined {
  const groups = textPattern(dateFormat).exec(text)?.groups;
  if (!groups) return undefined;
  const month = groups.MMM === undefined ? Number(groups.MM) : MONTHS.indexOf(groups.MMM) + 1;
  const wall: Wall = {
    year: Number(groups.yyyy),
    month,
    day: Number(groups.dd),
    hour: Number(groups.HH ?? 0),
    minute: Number(groups.mm ?? 0),
    second: Number(groups.ss ?? 0),
  };
  return isReal(wall) ? wall : undefined;
}

function isReal(wall: Wall): boolean {
  const date = new Date(Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second));
  return (
    date.getUTCMonth() === wall.month - 1 &&
    date.getUTCDate() === wall.day &&
    date.getUTCHours() === wall.hour &&
    date.getUTCMinutes() === wall.minute &&
    date.getUTCSeconds() === wall.second
  );
}

const patterns = new Map<string, RegExp>();

function textPattern(dateFormat: string): RegExp {
  const known = patterns.get(dateFormat);
  if (known) return known;
  const shapes: Readonly<Record<string, string>> = { yyyy: '\\d{4}', MMM: '[A-Z][a-z]{2}', MM: '\\d{2}', dd: '\\d{2}' };
  const date = dateFormat
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(DATE_PARTS, (part) => `(?<${part}>${shapes[part] ?? part})`);
  const made = new RegExp(`^${date}(?: (?<HH>\\d{2}):(?<mm>\\d{2}):(?<ss>\\d{2}))?$`);
  patterns.set(dateFormat, made);
  return made;
}

function wallAt(instant: Instant, timeZone: string): Wall {
  const parts = new Map(
    wallFormat(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
}

function offsetMs(instant: Instant, timeZone: string): number {
  const wall = wallAt(instant, timeZone);
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  return asUtc - Math.floor(instant / 1000) * 1000;
}

const wallFormats = new Map<string, Intl.DateTimeFormat>();

function wallFormat(timeZone: string): Intl.DateTimeFormat {
  const known = wallFormats.get(timeZone);
  if (known) return known;
  const numeric = 'numeric';
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  wallFormats.set(timeZone, made);
  return made;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
