import type { Instant } from '../../domain/instant.ts';
import { type WallMs, ZoneClock } from '../../domain/zone-clock.ts';

/** Date formats of Creator applications that are understood; a time follows as `HH:mm:ss`. */
export const DATE_FORMATS = [
  'dd-MMM-yyyy',
  'yyyy-MM-dd',
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'dd-MM-yyyy',
  'MM-dd-yyyy',
  'MMM-dd-yyyy',
  'dd.MM.yyyy',
  'yyyy/MM/dd',
] as const;

export type DateFormat = (typeof DATE_FORMATS)[number];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const FIELD = /yyyy|MMM|MM|dd/g;
const FIELD_PATTERNS: Readonly<Record<string, string>> = {
  yyyy: String.raw`(?<year>\d{4})`,
  MMM: '(?<monthName>[A-Za-z]{3})',
  MM: String.raw`(?<month>\d\d)`,
  dd: String.raw`(?<day>\d\d)`,
};
const TIME_PATTERN = String.raw` (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

/**
 * Between Creator's date-times and instants. Creator writes local time in the application's zone and format, without
 * an offset and to the second, in values and in criteria alike.
 */
export class DateCodec {
  readonly #format: DateFormat;
  readonly #pattern: RegExp;
  readonly #clock: ZoneClock;

  /** @throws RangeError when the zone is unknown */
  constructor(format: DateFormat, zone: string) {
    const date = format.replaceAll('.', String.raw`\.`).replace(FIELD, (field) => FIELD_PATTERNS[field] ?? field);
    this.#format = format;
    this.#pattern = new RegExp(`^${date}${TIME_PATTERN}$`);
    this.#clock = new ZoneClock(zone);
  }

  /**
   * The instant a value stands for; `undefined` when it is not in the format, or no date. Of an hour that the clock
   * shows twice it is the latest reading that is not after `servedAt`, when the value was read. So no time is
   * understated, and none is set beyond the reading: whatever changes after it gets a later time, and newer wins.
   */
  parse(text: string, servedAt: Instant): Instant | undefined {
    const wall = this.#wallOf(text);
    if (wall === undefined) return undefined;
    const [first, second] = this.#clock.instantsAt(wall);
    return second !== undefined && second <= servedAt ? second : first;
  }

  /** How Creator writes an instant. */
  write(instant: Instant): string {
    return this.#text(this.#clock.wallAt(instant));
  }

  /**
   * What a criterion `>=` must compare with to miss no record changed at or after `instant`, whether Creator compares
   * texts or instants, and whichever reading it takes of an hour shown twice: around one, it begins before that hour.
   */
  lowerBoundText(instant: Instant): string {
    return this.#text(this.#clock.lowerBoundAt(instant));
  }

  #wallOf(text: string): WallMs | undefined {
    const groups = this.#pattern.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const month = groups.monthName === undefined ? Number(groups.month) : monthNumber(groups.monthName);
    const [year, day, hour, minute, second] = [groups.year, groups.day, groups.hour, groups.minute, groups.second].map(
      Number,
    );
    const wall = Date.UTC(year ?? Number.NaN, month - 1, day, hour, minute, second);
    // A date that does not exist, such as 31 February, would roll over into the next month.
    return Number.isNaN(wall) || this.#text(wall).toLowerCase() !== text.toLowerCase() ? undefined : wall;
  }

  #text(wall: WallMs): string {
    const [year = '', month = '', day = ''] = new Date(wall).toISOString().slice(0, 10).split('-');
    const fields: Readonly<Record<string, string>> = {
      yyyy: year,
      MMM: MONTHS[Number(month) - 1] ?? '',
      MM: month,
      dd: day,
    };
    const date = this.#format.replace(FIELD, (field) => fields[field] ?? field);
    return `${date} ${new Date(wall).toISOString().slice(11, 19)}`;
  }
}

function monthNumber(name: string): number {
  return MONTHS.findIndex((month) => month.toLowerCase() === name.toLowerCase()) + 1;
}
