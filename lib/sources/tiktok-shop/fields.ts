import { type Instant, instantFromMs } from '../../domain/instant.ts';
import { isAbsent, type Reading, readDigits } from '../kit/reading.ts';
import { TIKTOK_ID } from './settings.ts';

/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;

/** An id, which is a string of digits, with every one of them. */
export function readId(value: unknown): Reading<string> {
  return readDigits(value, TIKTOK_ID);
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

/** The `code` of an answer, `0` where all is well: a number, which may come as text. */
export function readCode(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,12}$/.test(text) ? text : undefined;
}
