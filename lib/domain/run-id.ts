import type { Instant } from './instant.ts';

const TIME_DIGITS = 9;

/** A run id that sorts by time: nine base-36 digits of milliseconds, then eight of chance. */
export function runId(now: Instant, chance: string): string {
  return `${now.toString(36).padStart(TIME_DIGITS, '0')}-${chance}`;
}
