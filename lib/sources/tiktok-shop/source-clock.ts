import { type Instant, plusMs } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';

/** The vendor's clock: its last `Date` and the time since. Before the first one it is this machine's. */
export class SourceClock {
  readonly #clock: Clock;
  #last: { readonly date: Instant; readonly heardAtMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  heard(date: Instant): void {
    this.#last = { date, heardAtMs: this.#clock.monotonicMs() };
  }

  /** Up to a second behind, because a `Date` has whole seconds. */
  now(): Instant {
    if (this.#last === undefined) return this.#clock.now();
    return plusMs(this.#last.date, this.#clock.monotonicMs() - this.#last.heardAtMs);
  }
}
