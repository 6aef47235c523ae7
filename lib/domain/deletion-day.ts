import type { Instant } from './instant.ts';

/** Removals by hour, hours counted since the epoch; none is older than a day. */
export type RemovalsByHour = ReadonlyMap<number, number>;

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** Removals of the last 24 hours, the present one begun included. */
export function removalsOfDay(hours: RemovalsByHour, now: Instant): number {
  return [...lastDay(hours, now).values()].reduce((sum, removals) => sum + removals, 0);
}

/** With `removals` more in this hour; `undefined` when the last 24 hours would then pass `allowed`. */
export function reserveRemovals(
  hours: RemovalsByHour,
  removals: number,
  allowed: number,
  now: Instant,
): RemovalsByHour | undefined {
  if (removalsOfDay(hours, now) + removals > allowed) return undefined;
  const hour = hourOf(now);
  return new Map([...lastDay(hours, now), [hour, (hours.get(hour) ?? 0) + removals]]);
}

function lastDay(hours: RemovalsByHour, now: Instant): RemovalsByHour {
  const oldest = hourOf(now) - HOURS + 1;
  return new Map([...hours].filter(([hour]) => hour >= oldest));
}

function hourOf(now: Instant): number {
  return Math.floor(now / HOUR_MS);
}
