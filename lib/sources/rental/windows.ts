import { earlierOf, type Instant, laterOf } from '../../domain/instant.ts';
import type { ZoneClock } from '../../domain/zone-clock.ts';
import { SourceFailure } from '../../ports/source.ts';
import { isPlainDate, type PlainDate, plainDateAt, plusDays } from '../kit/plain-date.ts';

/** Days from the first to the last, both included. */
export interface DayWindow {
  readonly from: PlainDate;
  readonly to: PlainDate;
}

export interface WindowRules {
  /** How far back a delta reaches, in days. */
  readonly windowDays: number;
  /** How far ahead every read reaches: bookings are made for days to come. */
  readonly futureDays: number;
  /** The first day that is read at all. */
  readonly historyFrom: PlainDate;
  /** Past days that one answer may cover. */
  readonly daysPerCall: number;
  /** Where the days are. */
  readonly clock: ZoneClock;
}

/** Where a read of several windows stands: the next window's first day, and the day that was today when it began. */
export interface WindowPosition {
  readonly from: PlainDate;
  readonly today: PlainDate;
}

/**
 * Where a read begins. A delta covers every row whose day lay within `windowDays` before any moment since `since`: after
 * an outage as much as after five minutes. Without `since`, everything from `historyFrom` on.
 * @param now this machine's clock; `since` is by the source's
 */
export function firstPosition(since: Instant | undefined, now: Instant, rules: WindowRules): WindowPosition {
  const today = plainDateAt(since === undefined ? now : laterOf(since, now), rules.clock);
  if (since === undefined) return { from: earlier(rules.historyFrom, today), today };
  // A source whose clock was ahead for a while has left a watermark that lies in the future.
  const back = plusDays(plainDateAt(earlierOf(since, now), rules.clock), -rules.windowDays);
  return { from: earlier(later(back, rules.historyFrom), today), today };
}

/**
 * The window at a position, and the position after it. What every delta reads is a window by itself, the last one: the
 * days back, today, and the days to come.
 */
export function windowAt(
  { from, today }: WindowPosition,
  { daysPerCall, windowDays, futureDays }: WindowRules,
): { readonly window: DayWindow; readonly next?: WindowPosition } {
  const recent = plusDays(today, -windowDays);
  // A delta around midnight begins a day earlier, and is one answer all the same.
  if (from >= plusDays(recent, -1)) return { window: { from, to: plusDays(today, futureDays) } };
  const to = earlier(plusDays(from, daysPerCall - 1), plusDays(recent, -1));
  return { window: { from, to }, next: { from: plusDays(to, 1), today } };
}

/** Everything that is read at all, as one window. */
export function wholeWindow(now: Instant, rules: WindowRules): DayWindow {
  const { from, today } = firstPosition(undefined, now, rules);
  return { from, to: plusDays(today, rules.futureDays) };
}

/** How many windows everything takes. */
export function windowCount(now: Instant, rules: WindowRules): number {
  let count = 0;
  let position: WindowPosition | undefined = firstPosition(undefined, now, rules);
  while (position !== undefined) {
    count += 1;
    position = windowAt(position, rules).next;
  }
  return count;
}

export function writePosition({ from, today }: WindowPosition): string {
  return `${from}/${today}`;
}

/** @throws SourceFailure `source-cursor-expired` for a page token that was not made here */
export function readPosition(token: string): WindowPosition {
  const [from = '', today = ''] = token.split('/');
  if (isPlainDate(from) && isPlainDate(today)) return { from, today };
  throw new SourceFailure('source-cursor-expired', 'rental: the page token is not one of ours');
}

function earlier(a: PlainDate, b: PlainDate): PlainDate {
  return a < b ? a : b;
}

function later(a: PlainDate, b: PlainDate): PlainDate {
  return a < b ? b : a;
}
