import type { SeededRandom } from '../seeded-random.ts';
import type { VendorRecord, VendorStream } from '../simulated-vendor.ts';
import { PATHS } from './rental-api.ts';
import type { RentalApiName, RentalBehaviour } from './rental-behaviour.ts';
import type { RentalStore } from './rental-store.ts';
import { rowStream, storeStream } from './rental-streams.ts';

/** The hand behind the simulator: edits rows, changes how the API behaves, tells the truth. */
export class RentalControl {
  readonly store: RentalStore;
  behaviour: RentalBehaviour;
  readonly #random: SeededRandom;
  readonly #calls: Record<RentalApiName, number> = { stores: 0, bookings: 0, returns: 0 };
  /** All that the cache must hold, stream by stream. */
  readonly streams: readonly VendorStream[];
  #timer: NodeJS.Timeout | undefined;

  /** @param store with all its locations */
  constructor(store: RentalStore, behaviour: RentalBehaviour, random: SeededRandom) {
    this.store = store;
    this.behaviour = behaviour;
    this.#random = random;
    const locations = store.locations().map(({ id }) => id);
    const shown = { store, behaviour: () => this.behaviour };
    this.streams = [
      storeStream(shown),
      rowStream(shown, 'bookings', locations),
      rowStream(shown, 'returns', locations),
    ];
  }

  records(stream: RentalApiName): readonly VendorRecord[] {
    return this.streams.find(({ name }) => name === stream)?.records() ?? [];
  }

  calls(): Readonly<Record<RentalApiName, number>> {
    return { ...this.#calls };
  }

  count(path: string): void {
    if (path === PATHS.stores) this.#calls.stores += 1;
    else if (path === PATHS.returns) this.#calls.returns += 1;
    else this.#calls.bookings += 1;
  }

  /** Edits rows here and there, and enters a few new ones. */
  changeBatch(changes: number): void {
    for (let count = 0; count < changes; count += 1) this.#changeOne();
  }

  /** A change every `everyMs` from now on, until stopped or closed. */
  startEditing({ everyMs }: { readonly everyMs: number }): void {
    this.stopEditing();
    this.#timer = setInterval(() => this.#changeOne(), everyMs);
    this.#timer.unref();
  }

  stopEditing(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** People change what is on their desk: rows of the last days, and those to come. */
  #changeOne(): void {
    const kind = this.#random.integer(3) === 0 ? 'returns' : 'bookings';
    const stream = this.streams.find(({ name }) => name === kind);
    if (stream === undefined) return;
    const records = stream.records();
    const record = records[this.#random.integer(Math.max(1, records.length))];
    if (record !== undefined && this.#random.integer(4) > 0) stream.edit(record.id);
    else stream.insert(this.#random.pick(stream.partitions()));
  }
}
