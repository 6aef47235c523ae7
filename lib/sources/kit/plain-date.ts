import type { Instant } from '../../domain/instant.ts';
import type { WallMs, ZoneClock } from '../../domain/zone-clock.ts';

/** A day of the calendar, without a time or a zone: `2026-11-21`. Compared as text, earlier days come first. */
export type PlainDate = string;

const DAY_MS = 86_400_000;

/** Whether a text is a day that exists, written `yyyy-MM-dd`. */
export function isPlainDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return match !== null && plainDate(Number(match[1]), Number(match[2]), Number(match[3])) === text;
}

/** The day of these numbers, January being month 1; `undefined` when there is none, such as 31 February. */
export function plainDate(year: number, month: number, day: number): PlainDate | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return plainDateOfWall(date.getTime());
}

/** Which day it is at an instant, where the clock hangs. */
export function plainDateAt(instant: Instant, clock: ZoneClock): PlainDate {
  return plainDateOfWall(clock.wallAt(instant));
}

/** @throws RangeError when the text is no day */
export function plusDays(date: PlainDate, days: number): PlainDate {
  return plainDateOfWall(wallOf(date) + days * DAY_MS);
}

/** How many days `b` is after `a`. @throws RangeError when one of them is no day */
export function daysBetween(a: PlainDate, b: PlainDate): number {
  return (wallOf(b) - wallOf(a)) / DAY_MS;
}

function wallOf(date: PlainDate): WallMs {
  if (!isPlainDate(date)) throw new RangeError('not a day of the form yyyy-MM-dd');
  return Date.parse(`${date}T00:00:00Z`);
}

function plainDateOfWall(wall: WallMs): PlainDate {
  return new Date(wall).toISOString().slice(0, 10);
}
