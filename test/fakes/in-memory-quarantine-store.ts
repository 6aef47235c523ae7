import { plusMs } from '../../lib/domain/instant.ts';
import type { StreamKey } from '../../lib/domain/names.ts';
import type { RejectedRecord } from '../../lib/domain/record.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Quarantined, QuarantineStore } from '../../lib/ports/quarantine-store.ts';

const QUARTER_HOUR_MS = 900_000;
const DAY_MS = 86_400_000;

/** Instances that share `streams` behave like processes that share a table. */
export class InMemoryQuarantineStore implements QuarantineStore {
  readonly #clock: Clock;
  readonly #streams: Map<string, Map<string, Quarantined>>;

  constructor(clock: Clock, streams: Map<string, Map<string, Quarantined>> = new Map()) {
    this.#clock = clock;
    this.#streams = streams;
  }

  /** Another process on the same table. */
  another(): InMemoryQuarantineStore {
    return new InMemoryQuarantineStore(this.#clock, this.#streams);
  }

  async put(stream: StreamKey, records: readonly RejectedRecord[]): Promise<void> {
    const now = this.#clock.now();
    const kept = this.#recordsOf(stream);
    for (const record of new Map(records.map((each) => [each.id, each])).values()) {
      const known = kept.get(record.id);
      const attempts = (known?.attempts ?? 0) + 1;
      const retryAt = plusMs(now, Math.min(DAY_MS, QUARTER_HOUR_MS * 2 ** (attempts - 1)));
      kept.set(record.id, { ...record, firstAt: known?.firstAt ?? now, lastAt: now, attempts, retryAt });
    }
  }

  async list(stream: StreamKey, limit: number): Promise<readonly Quarantined[]> {
    const records = [...this.#recordsOf(stream).values()];
    return records.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  async find(stream: StreamKey, id: string): Promise<Quarantined | undefined> {
    return this.#recordsOf(stream).get(id);
  }

  async makeDue(stream: StreamKey, id: string): Promise<boolean> {
    const kept = this.#recordsOf(stream);
    const known = kept.get(id);
    if (known !== undefined) kept.set(id, { ...known, retryAt: this.#clock.now() });
    return known !== undefined;
  }

  async release(stream: StreamKey, ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#recordsOf(stream).delete(id);
  }

  #recordsOf(stream: StreamKey): Map<string, Quarantined> {
    const name = `${stream.connection}#${stream.stream}`;
    const known = this.#streams.get(name) ?? new Map<string, Quarantined>();
    this.#streams.set(name, known);
    return known;
  }
}
