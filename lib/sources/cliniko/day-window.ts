import type { Instant } from '../../domain/instant.ts';
import type { ZoneClock } from '../../domain/zone-clock.ts';

const DAY_MS = 86_400_000;

export interface Span {
  readonly from: Instant;
  /** The first instant after it. */
  readonly until: Instant;
}

export interface DayWindowOptions {
  readonly pastDays: number;
  readonly futureDays: number;
  readonly clock: ZoneClock;
}

/** The days around today, by the organization's calendar: whole days, however many hours they have. */
export class DayWindow {
  readonly #options: DayWindowOptions;

  constructor(options: DayWindowOptions) {
    this.#options = options;
  }

  /** From the first moment of the earliest day to the end of the last one. Never goes back as time passes. */
  at(now: Instant): Span {
    const { pastDays, futureDays, clock } = this.#options;
    const today = Math.floor(clock.wallAt(now) / DAY_MS);
    // Of a midnight that the clock shows twice, the first begins the day.
    const beginOf = (day: number): Instant => clock.instantsAt(day * DAY_MS)[0];
    return { from: beginOf(today - pastDays), until: beginOf(today + futureDays + 1) };
  }
}

export function isWithin(instant: Instant, { from, until }: Span): boolean {
  return instant >= from && instant < until;
}
