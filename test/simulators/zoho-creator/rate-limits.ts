import { EPOCH, type Instant } from '../../../lib/domain/instant.ts';
import { type Answer, codeAnswer, withHeader } from './answer.ts';
import { formatLocal } from './local-time.ts';
import type { ZohoBehaviour, ZohoLimits } from './options.ts';
import type { SimulatorClock } from './simulator-clock.ts';

const MINUTE_MS = 60_000;

export interface RateLimitsOptions {
  readonly clock: SimulatorClock;
  readonly limits: ZohoLimits;
  readonly superAdminZone: string;
}

export type Admission =
  | { readonly outcome: 'admitted'; release(): void }
  | { readonly outcome: 'refused'; readonly answer: Answer };

/** What one account may call. A refused call costs nothing. */
export class RateLimits {
  limits: ZohoLimits;
  readonly #clock: SimulatorClock;
  readonly #zone: string;
  #recent: readonly Instant[] = [];
  #underWay = 0;
  #day = '';
  #dayUsed = 0;

  constructor(options: RateLimitsOptions) {
    this.#clock = options.clock;
    this.limits = options.limits;
    this.#zone = options.superAdminZone;
  }

  get dayUsed(): number {
    this.#rollDay();
    return this.#dayUsed;
  }

  /** Admits a call, which must be released when it has been answered. */
  admit(behaviour: ZohoBehaviour): Admission {
    this.#rollDay();
    const now = this.#clock.trueNow();
    this.#recent = this.#recentAt(now, behaviour.minuteWindow);
    if (this.#underWay >= this.limits.concurrent) {
      return refused(tooMany('Too many concurrent requests.', 1_000, this.#clock, behaviour));
    }
    const oldest = this.#recent[0] ?? EPOCH;
    if (this.#recent.length >= this.limits.perMinute) {
      const waitMs = Math.max(0, oldest + MINUTE_MS - now);
      return refused(tooMany('You have reached your API call limit for a minute.', waitMs, this.#clock, behaviour));
    }
    if (this.#dayUsed >= this.limits.perDay) return refused(quotaSpent(behaviour));
    this.#recent = [...this.#recent, now];
    this.#dayUsed += 1;
    this.#underWay += 1;
    return { outcome: 'admitted', release: () => (this.#underWay -= 1) };
  }

  /** Sets how many of the day's calls are spent. */
  spendDay(used: number): void {
    this.#rollDay();
    this.#dayUsed = used;
  }

  #recentAt(now: Instant, window: ZohoBehaviour['minuteWindow']): readonly Instant[] {
    if (window === 'sliding') return this.#recent.filter((call) => call > now - MINUTE_MS);
    const began = this.#recent[0];
    return began !== undefined && now < began + MINUTE_MS ? this.#recent : [];
  }

  #rollDay(): void {
    const day = formatLocal(this.#clock.wallNow(), { timeZone: this.#zone, dateFormat: 'yyyy-MM-dd' }).slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#dayUsed = 0;
  }
}

/** The daily quota's answer looks like a success to whoever reads only the HTTP status. */
function quotaSpent(behaviour: ZohoBehaviour): Answer {
  const message = "Account's Developer API limit has been reached. Please upgrade to execute more REST API calls.";
  return codeAnswer(200, 4000, message, behaviour);
}

function tooMany(message: string, waitMs: number, clock: SimulatorClock, behaviour: ZohoBehaviour): Answer {
  const answer = codeAnswer(429, 2955, message, behaviour);
  const seconds = Math.ceil(waitMs / 1000);
  if (behaviour.retryAfter === 'absent') return answer;
  if (behaviour.retryAfter === 'seconds') return withHeader(answer, 'retry-after', String(seconds));
  return withHeader(answer, 'retry-after', new Date(clock.wallNow() + seconds * 1000).toUTCString());
}

function refused(answer: Answer): Admission {
  return { outcome: 'refused', answer };
}
