import type { Instant } from './instant.ts';

const TIME_DIGITS = 9;
export const RUN_CHANCE_DIGITS = 8;

/** A run id that sorts by time: nine base-36 digits of milliseconds, then eight characters of chance. */
export function formatRunId(now: Instant, chance: string): string {
  return `${now.toString(36).padStart(TIME_DIGITS, '0')}-${chance}`;
}
