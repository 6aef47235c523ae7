import { type Instant, instantFromMs, plusMs } from '../../lib/domain/instant.ts';
import type { Clock } from '../../lib/ports/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** When nothing else is said, a clock of tests begins here. */
export const TEST_START = instantFromMs(Date.parse('2026-11-21T06:47:00.000Z'));

/**
 * A clock that stands still until it is told to move. `sleep: 'advance'` moves it by the time slept and goes on at
 * once; `sleep: 'wait'` waits until somebody moves the clock far enough.
 */
export class ManualClock implements Clock {
  readonly #sleep: 'advance' | 'wait';
  #now: Instant;
  #monotonicMs = 0;
  #sleepers: readonly Sleeper[] = [];

  constructor(start: Instant = TEST_START, options: { readonly sleep: 'advance' | 'wait' } = { sleep: 'advance' }) {
    this.#now = start;
    this.#sleep = options.sleep;
  }

  now(): Instant {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  async sleep(ms: number): Promise<void> {
    if (this.#sleep === 'advance') return this.advance(ms);
    if (ms <= 0) return;
    const wakeAtMs = this.#monotonicMs + ms;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sleepers = [...this.#sleepers, { wakeAtMs, wake: resolve }];
    return promise;
  }

  /** Time passes: both the wall clock and the monotonic one move, and sleepers whose time has come wake in order. */
  advance(ms: number): void {
    this.#now = plusMs(this.#now, ms);
    this.#monotonicMs += ms;
    const due = this.#sleepers.filter(({ wakeAtMs }) => wakeAtMs <= this.#monotonicMs);
    this.#sleepers = this.#sleepers.filter(({ wakeAtMs }) => wakeAtMs > this.#monotonicMs);
    for (const { wake } of due.toSorted((a, b) => a.wakeAtMs - b.wakeAtMs)) wake();
  }

  /** Somebody sets the wall clock; no time passes. */
  set(now: Instant): void {
    this.#now = now;
  }

  /** How long until the first sleeper wakes; `undefined` when nobody sleeps. */
  nextWakeInMs(): number | undefined {
    if (this.#sleepers.length === 0) return undefined;
    return Math.min(...this.#sleepers.map(({ wakeAtMs }) => wakeAtMs)) - this.#monotonicMs;
  }
}
