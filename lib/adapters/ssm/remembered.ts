import { type Instant, msBetween } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';

/** A value that is read again once it is older than `maxAgeMs`. A failed read is not remembered. */
export class Remembered<T> {
  readonly #read: () => Promise<T>;
  readonly #maxAgeMs: number;
  readonly #clock: Clock;
  #last: { readonly value: Promise<T>; readonly at: Instant } | undefined;

  constructor(read: () => Promise<T>, maxAgeMs: number, clock: Clock) {
    this.#read = read;
    this.#maxAgeMs = maxAgeMs;
    this.#clock = clock;
  }

  /** Whoever asks while a read is under way waits for that one. */
  current(): Promise<T> {
    const age = this.#last === undefined ? Number.POSITIVE_INFINITY : msBetween(this.#clock.now(), this.#last.at);
    return this.#last !== undefined && age >= 0 && age < this.#maxAgeMs ? this.#last.value : this.refreshed();
  }

  refreshed(): Promise<T> {
    const last = { value: this.#read(), at: this.#clock.now() };
    this.#last = last;
    last.value.catch(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return last.value;
  }
}
