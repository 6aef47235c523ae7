import { type Instant, instantFromMs } from '../../domain/instant.ts';
import { isJsonObject, parseExactJson } from '../kit/exact-json.ts';
import { TIKTOK_ID } from './settings.ts';

/** A value as it was found in a record. */
export type Reading<T> =
  | { readonly outcome: 'read'; readonly value: T }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'bad' };

/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;

/** The fields of one record; `undefined` when the text is no JSON object. */
export function parseFields(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const fields = parseExactJson(text);
    return isJsonObject(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** An id, which is a string of digits, with every one of them. */
export function readId(value: unknown): Reading<string> {
  if (isAbsent(value)) return { outcome: 'missing' };
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && TIKTOK_ID.test(text) ? { outcome: 'read', value: text } : { outcome: 'bad' };
}

/** An instant in epoch seconds. Zero is how some services write that there is none. */
export function readSeconds(value: unknown): Reading<Instant> {
  if (isAbsent(value) || value === 0) return { outcome: 'missing' };
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > LAST_SECOND) {
    return { outcome: 'bad' };
  }
  return { outcome: 'read', value: instantFromMs(seconds * 1_000) };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
