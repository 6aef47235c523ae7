declare const instantBrand: unique symbol;

/** A point in time: milliseconds since 1970-01-01T00:00:00Z. Branded, so a duration or a count never passes for one. */
export type Instant = number & { readonly [instantBrand]: true };

/** The beginning of time: earlier than any record. */
export const EPOCH = instantFromMs(0);

/** @throws RangeError when `ms` is not a finite number within the range of dates */
export function instantFromMs(ms: number): Instant {
  const rounded = Math.trunc(ms);
  if (!Number.isFinite(rounded) || Math.abs(rounded) > 8.64e15) throw new RangeError(`not an instant: ${ms}`);
  return rounded as Instant;
}

/** Parses an ISO-8601 instant that states its offset; `undefined` when the text is anything else. */
export function parseIsoInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : instantFromMs(ms);
}

/** ISO-8601 in UTC with milliseconds, e.g. `2026-11-21T06:47:00.000Z`. */
export function toIso(instant: Instant): string {
  return new Date(instant).toISOString();
}

export function plusMs(instant: Instant, ms: number): Instant {
  return instantFromMs(instant + ms);
}

/** `a − b` in milliseconds. */
export function msBetween(a: Instant, b: Instant): number {
  return a - b;
}

export function laterOf(a: Instant, b: Instant): Instant {
  return a >= b ? a : b;
}

export function earlierOf(a: Instant, b: Instant): Instant {
  return a <= b ? a : b;
}
