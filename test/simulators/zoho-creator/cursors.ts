import type { Instant } from '../../../lib/domain/instant.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { RecordsQuery } from './records-query.ts';
import type { WalkPlace } from './report-table.ts';
import type { SimulatorClock } from './simulator-clock.ts';

/** Where a walk stands: the query it belongs to, and the row it goes on behind. */
export interface CursorState {
  readonly query: RecordsQuery;
  /** Absent: from the beginning. */
  readonly place?: WalkPlace;
  /** Pages served before this one. */
  readonly pages: number;
}

const REMEMBERED = 1_000;

/** The keys that the `record_cursor` header carries. A key can be used again until it expires. */
export class Cursors {
  readonly #clock: SimulatorClock;
  readonly #random: SeededRandom;
  readonly #issued = new Map<string, { readonly state: CursorState; readonly at: Instant }>();

  constructor(clock: SimulatorClock, seed: number) {
    this.#clock = clock;
    this.#random = new SeededRandom(seed);
  }

  issue(state: CursorState): string {
    const cursor = this.#random.hex(48);
    this.#issued.set(cursor, { state, at: this.#clock.trueNow() });
    const [oldest] = this.#issued.keys();
    if (this.#issued.size > REMEMBERED && oldest !== undefined) this.#issued.delete(oldest);
    return cursor;
  }

  /** `undefined` when it was never issued or has outlived `lifetimeMs`. */
  find(cursor: string, lifetimeMs: number): CursorState | undefined {
    const issued = this.#issued.get(cursor);
    if (!issued) return undefined;
    if (this.#clock.trueNow() < issued.at + lifetimeMs) return issued.state;
    this.#issued.delete(cursor);
    return undefined;
  }

  /** Every cursor expires at once. */
  expireAll(): void {
    this.#issued.clear();
  }
}
