import { type Cron, daysFrom, parseCron } from './cron.ts';
import type { Instant } from './instant.ts';
import { ZoneClock } from './zone-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const clocks = new Map<string, ZoneClock>();

/**
 * The instants that a cron expression names in a zone. Where clocks are put forward, what falls into the skipped time
 * comes as much later; where they are put back, what falls into the repeated time comes once. An expression of every
 * hour goes on through both.
 */
export class Recurrence {
  readonly text: string;
  readonly #cron: Cron;
  readonly #clock: ZoneClock;

  /** @throws RangeError when the expression cannot be read, or the zone is unknown */
  constructor(text: string, zone: string) {
    const cron = parseCron(text);
    if (cron === undefined) throw new RangeError('not a cron expression of five fields');
    this.text = text;
    this.#cron = cron;
    this.#clock = clockOf(zone);
  }

  /** The first of its instants after `after`. */
  next(after: Instant): Instant {
    const today = Math.floor(this.#clock.wallAt(after) / DAY_MS) * DAY_MS;
    // Where clocks are put back over midnight, yesterday is not over yet.
    for (const day of daysFrom(this.#cron, today - DAY_MS)) {
      const next = this.#firstOn(day, after);
      if (next !== undefined) return next;
    }
    // It comes once in eight years at the least: only dates beyond what clocks can show have none.
    throw new RangeError(`"${this.text}" never comes`);
  }

  #firstOn(day: number, after: Instant): Instant | undefined {
    const isEveryHour = this.#cron.hours.length === 24;
    let first: Instant | undefined;
    for (const hour of this.#cron.hours) {
      for (const minute of this.#cron.minutes) {
        const [once, again] = this.#clock.instantsAt(day + hour * HOUR_MS + minute * MINUTE_MS);
        const at = once <= after && isEveryHour ? again : once;
        if (at !== undefined && at > after && (first === undefined || at < first)) first = at;
      }
    }
    return first;
  }
}

function clockOf(zone: string): ZoneClock {
  const known = clocks.get(zone) ?? new ZoneClock(zone);
  clocks.set(zone, known);
  return known;
}
