import { type Instant, plusMs } from '../../../lib/domain/instant.ts';

/**
 * The server's two clocks. Its wall clock can be wrong and can jump: it stamps records, the `Date` header and the
 * vendor's day. Its true clock measures how long something lasted: tokens, cursors, rate windows, index lag.
 */
export class SimulatorClock {
  readonly #source: () => Instant;
  #skewMs: number;

  constructor(source: () => Instant, skewMs: number) {
    this.#source = source;
    this.#skewMs = skewMs;
  }

  trueNow(): Instant {
    return this.#source();
  }

  wallNow(): Instant {
    return plusMs(this.#source(), this.#skewMs);
  }

  get skewMs(): number {
    return this.#skewMs;
  }

  set skewMs(value: number) {
    this.#skewMs = value;
  }
}
