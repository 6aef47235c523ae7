import type { Clock } from '../../ports/clock.ts';
import type { DeadLetterQueue, Letter } from './dead-letter-queue.ts';

export interface SweepRule {
  /** How long what is looked at is hidden from others, should it not be let go of. */
  readonly hiddenSeconds: number;
  /** How long to wait for the next messages. */
  readonly waitSeconds: number;
  /** When to stop, however much is left. Less than what is hidden, or messages would be met twice. */
  readonly mostMs: number;
}

/** One look through the queue: hides what it meets, so that it meets each message once. `end` must follow. */
export class DeadLetterSweep {
  readonly #queue: DeadLetterQueue;
  readonly #rule: SweepRule;
  readonly #clock: Clock;
  readonly #held = new Map<string, Letter>();
  #exhausted = false;

  constructor(queue: DeadLetterQueue, rule: SweepRule, clock: Clock) {
    this.#queue = queue;
    this.#rule = rule;
    this.#clock = clock;
  }

  /** Whether the queue had nothing left. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Messages not met before, up to ten at a time, until there are none or the time is over. */
  async *rounds(): AsyncGenerator<readonly Letter[]> {
    const { hiddenSeconds, waitSeconds, mostMs } = this.#rule;
    const endMs = this.#clock.monotonicMs() + mostMs;
    while (this.#clock.monotonicMs() < endMs) {
      const letters = await this.#queue.receive(hiddenSeconds, waitSeconds);
      this.#exhausted = letters.length === 0;
      if (this.#exhausted) return;
      const fresh = letters.filter(({ id }) => !this.#held.has(id));
      // Of a message that was delivered twice, the newer receipt counts.
      for (const letter of letters) this.#held.set(letter.id, letter);
      yield fresh;
    }
  }

  /** @returns how many are deleted for certain */
  async remove(letters: readonly Letter[]): Promise<number> {
    const removed = await this.#queue.remove(letters.map((letter) => this.#held.get(letter.id) ?? letter));
    for (const { id } of removed) this.#held.delete(id);
    return removed.length;
  }

  /** Lets go of everything that was not removed. */
  async end(): Promise<void> {
    await this.#queue.release([...this.#held.values()]);
  }
}
