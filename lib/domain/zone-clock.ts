import { type Instant, instantFromMs } from './instant.ts';

/**
 * What a wall clock shows: the milliseconds that its date and time would be if it stood in UTC. Without a zone it is
 * no instant, and where clocks are set back two instants show the same.
 */
export type WallMs = number;

const DAY_MS = 86_400_000;
const MAX_KNOWN_DAYS = 4_096;

/** Zones met so far: making a format takes longer than anything that is done with it. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** Whether a text names an IANA time zone, as `Europe/London`; offsets are none. */
export function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    formatOf(text);
    return true;
  } catch {
    return false;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  FORMATS.set(zone, format);
  return format;
}

/** A zone's wall clock, in both directions, by the time zone data of `Intl`. Whole seconds only. */
export class ZoneClock {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsetsAround = new Map<number, readonly [before: number, after: number]>();

  /** @throws RangeError when the zone is unknown */
  constructor(zone: string) {
    this.#format = formatOf(zone);
  }

  /** What the clock shows at an instant, cut to the second. */
  wallAt(instant: Instant): WallMs {
    const [month = 1, day = 1, year = 1970, ...time] = this.#format.format(instant).match(/\d+/g)?.map(Number) ?? [];
    const [hour = 0, minute = 0, second = 0] = time;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /**
   * The instants at which the clock shows this, in order: one, or two where it is set back over this time. A time
   * that it skips is read by the offset before the skip: as far into the time after it as the text is into the gap.
   */
  instantsAt(wall: WallMs): readonly [Instant, ...Instant[]] {
    const [before, after] = this.#offsets(wall);
    const byBefore = instantFromMs(wall - before);
    if (before === after) return [byBefore];
    const byAfter = instantFromMs(wall - after);
    const isShownBefore = this.wallAt(byBefore) === wall;
    const isShownAfter = this.wallAt(byAfter) === wall;
    if (isShownBefore && isShownAfter) return [byBefore, byAfter];
    return [isShownAfter ? byAfter : byBefore];
  }

  /**
   * The latest wall time that no instant from `instant` on is shown as less than, and that is shown only once. That
   * is the instant's own, unless the clock shows it twice: then the second before the hour that is repeated.
   */
  lowerBoundAt(instant: Instant): WallMs {
    const wall = this.wallAt(instant);
    const [early, late] = this.instantsAt(wall);
    if (late === undefined) return wall;
    return this.wallAt(this.#setBackBetween(early, late)) - 1000;
  }

  /** The offsets in force before and after the days around a wall time: they differ when clocks change on one of them. */
  #offsets(wall: WallMs): readonly [before: number, after: number] {
    const day = Math.floor(wall / DAY_MS);
    const known = this.#offsetsAround.get(day);
    if (known) return known;
    if (this.#offsetsAround.size >= MAX_KNOWN_DAYS) this.#offsetsAround.clear();
    const offsets = [this.#offsetAt((day - 1) * DAY_MS), this.#offsetAt((day + 2) * DAY_MS)] as const;
    this.#offsetsAround.set(day, offsets);
    return offsets;
  }

  #offsetAt(ms: number): number {
    return this.wallAt(instantFromMs(ms)) - ms;
  }

  /** The first second at which the clock has been set back, between two instants that it shows as the same. */
  #setBackBetween(early: Instant, late: Instant): Instant {
    const offset = this.wallAt(early) - early;
    let before = early / 1000;
    let after = late / 1000;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.#offsetAt(middle * 1000) === offset) before = middle;
      else after = middle;
    }
    return instantFromMs(after * 1000);
  }
}
