import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { Lane } from '../../lib/domain/task.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Delivery, Redelivery } from '../../lib/ports/redelivery.ts';

interface Hidden {
  readonly delivery: Delivery;
  readonly until: Instant;
}

/** Lanes that hold messages under way, each hidden for twelve minutes unless somebody says otherwise. */
export class InMemoryRedelivery implements Redelivery {
  readonly #clock: Clock;
  readonly #hidden = new Map<string, Hidden>();
  #deliveries = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Delivers some message. */
  deliver(lane: Lane): Delivery {
    this.#deliveries += 1;
    const delivery = { lane, receipt: `receipt-${this.#deliveries}` };
    this.#hidden.set(delivery.receipt, { delivery, until: plusMs(this.#clock.now(), 720_000) });
    return delivery;
  }

  /** When the message of a delivery comes back. */
  hiddenUntil(receipt: string): Instant | undefined {
    return this.#hidden.get(receipt)?.until;
  }

  /** Takes a message that has come back. */
  take(lane: Lane): Delivery | undefined {
    const now = this.#clock.now();
    const back = [...this.#hidden.values()].find(({ delivery, until }) => delivery.lane === lane && until <= now);
    if (back === undefined) return undefined;
    this.#hidden.delete(back.delivery.receipt);
    return this.deliver(lane);
  }

  async comeBackAfter(delivery: Delivery, delayMs: number): Promise<void> {
    if (!this.#hidden.has(delivery.receipt)) throw new Error('a message of this receipt does not exist');
    const until = plusMs(this.#clock.now(), Math.ceil(delayMs / 1_000) * 1_000);
    this.#hidden.set(delivery.receipt, { delivery, until });
  }
}
