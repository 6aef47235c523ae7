import { type RemovalsByHour, removalsOfDay, reserveRemovals } from '../../lib/domain/deletion-day.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { DeletionLog } from '../../lib/ports/deletion-log.ts';

/** Instances that share `connections` behave like processes that share a table. */
export class InMemoryDeletionLog implements DeletionLog {
  readonly #clock: Clock;
  readonly #connections: Map<string, RemovalsByHour>;

  constructor(clock: Clock, connections: Map<string, RemovalsByHour> = new Map()) {
    this.#clock = clock;
    this.#connections = connections;
  }

  /** Another process on the same table. */
  another(): InMemoryDeletionLog {
    return new InMemoryDeletionLog(this.#clock, this.#connections);
  }

  async reserve(connection: string, removals: number, allowed: number): Promise<boolean> {
    const reserved = reserveRemovals(this.#hoursOf(connection), removals, allowed, this.#clock.now());
    if (reserved !== undefined) this.#connections.set(connection, reserved);
    return reserved !== undefined;
  }

  async lastDay(connection: string): Promise<number> {
    return removalsOfDay(this.#hoursOf(connection), this.#clock.now());
  }

  #hoursOf(connection: string): RemovalsByHour {
    return this.#connections.get(connection) ?? new Map();
  }
}
