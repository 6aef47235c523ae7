import { type Instant, instantFromMs } from './instant.ts';
import type { Priority } from './priority.ts';

/** What a vendor allows one account a day, or less. */
export interface DayLimits {
  /** Absent where the vendor counts no days. */
  readonly perDay?: number;
  /** IANA zone in whose midnight the vendor's day begins. */
  readonly resetZone: string;
}

export interface DayUse {
  /** Local date in the reset zone that `dayUsed` counts, `2026-11-21`. */
  readonly day: string;
  readonly dayUsed: number;
  /** Those of them that webhooks caused. @default 0 */
  readonly dayHinted?: number;
}

/** The share of a day up to which each priority may spend: what is above is reserved for the more urgent ones. */
export const DAY_SHARES: Readonly<Record<Priority, number>> = {
  webhook: 1,
  force: 0.97,
  scheduled: 0.9,
  full: 0.75,
  audit: 0.6,
};

/** The share of a day that webhooks may cause to be spent, however many come: the next delta finds what is left out. */
export const HINTED_SHARE = 0.2;

const MINUTE_MS = 60_000;

/** How many calls of a day a priority may spend. */
export function dayAllowance(limits: DayLimits, priority: Priority): number {
  return limits.perDay === undefined ? Number.POSITIVE_INFINITY : Math.floor(limits.perDay * DAY_SHARES[priority]);
}

/** Calls a priority can still make today; infinite where the vendor counts no days. */
export function callsLeftToday(use: DayUse, limits: DayLimits, priority: Priority, now: Instant): number {
  return Math.max(0, dayAllowance(limits, priority) - useOfToday(use, limits, now).dayUsed);
}

/** Whether a day's calls leave one to a priority. */
export function hasCallToday({ dayUsed, dayHinted = 0 }: DayUse, limits: DayLimits, priority: Priority): boolean {
  if (dayUsed >= dayAllowance(limits, priority)) return false;
  return priority !== 'webhook' || dayHinted < Math.max(1, Math.floor((limits.perDay ?? Infinity) * HINTED_SHARE));
}

/** The count of today, which is none where another day was counted. */
export function useOfToday(use: DayUse, limits: DayLimits, now: Instant): DayUse {
  const day = localDate(limits.resetZone, now);
  if (use.day !== day) return { day, dayUsed: 0 };
  return { day, dayUsed: use.dayUsed, ...(use.dayHinted === undefined ? {} : { dayHinted: use.dayHinted }) };
}

/** The calendar date of an instant in a zone, `2026-11-21`. */
export function localDate(zone: string, instant: Instant): string {
  return dateFormat(zone).format(instant);
}

/** The first instant of the next calendar day in a zone, to the minute: when the vendor's day begins again. */
export function nextReset(zone: string, now: Instant): Instant {
  const today = localDate(zone, now);
  // A day has 23 to 25 hours where clocks change; bisect to the minute at which the date turns.
  let before = Math.floor(now / MINUTE_MS);
  let after = before + 26 * 60;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDate(zone, instantFromMs(middle * MINUTE_MS)) === today) before = middle;
    else after = middle;
  }
  return instantFromMs(after * MINUTE_MS);
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(zone: string): Intl.DateTimeFormat {
  const known = dateFormats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  dateFormats.set(zone, made);
  return made;
}
