import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { DeliveryMarks } from '../../lib/ports/delivery-marks.ts';

const KEPT_MS = 2 * 86_400_000;

/** Instances that share `marks` behave like processes that share a table. */
export class InMemoryDeliveryMarks implements DeliveryMarks {
  readonly #clock: Clock;
  readonly #marks: Map<string, Instant>;

  constructor(clock: Clock, marks: Map<string, Instant> = new Map()) {
    this.#clock = clock;
    this.#marks = marks;
  }

  /** Another process on the same table. */
  another(): InMemoryDeliveryMarks {
    return new InMemoryDeliveryMarks(this.#clock, this.#marks);
  }

  async claim(connection: string, delivery: string): Promise<boolean> {
    const name = `${connection}#${delivery}`;
    const now = this.#clock.now();
    const until = this.#marks.get(name);
    if (until !== undefined && until > now) return false;
    this.#marks.set(name, plusMs(now, KEPT_MS));
    return true;
  }

  async release(connection: string, delivery: string): Promise<void> {
    this.#marks.delete(`${connection}#${delivery}`);
  }
}
