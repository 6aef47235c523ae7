import { TABLE_KEYS } from '../../config/environment.ts';
import type { Instant } from '../../domain/instant.ts';
import { type Item, number, readNumber } from './attributes.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** The attribute that lets the table delete an item `days` after `from`, in epoch seconds. */
export function expiry(from: Instant, days: number): Item {
  return { [TABLE_KEYS.ttl]: number(epochSeconds(from) + days * DAY_SECONDS) };
}

/** The table deletes an expired item within days; until then it is still there and must not be shown. */
export function isExpired(item: Item, now: Instant): boolean {
  return (readNumber(item, TABLE_KEYS.ttl) ?? Number.POSITIVE_INFINITY) <= epochSeconds(now);
}

function epochSeconds(instant: Instant): number {
  return Math.floor(instant / 1000);
}
