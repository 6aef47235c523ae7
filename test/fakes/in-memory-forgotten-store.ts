import type { StreamKey } from '../../lib/domain/names.ts';
import type { ForgottenRecord, ForgottenStore } from '../../lib/ports/forgotten-store.ts';

/** Instances that share `streams` behave like processes that share a table. */
export class InMemoryForgottenStore implements ForgottenStore {
  readonly #streams: Map<string, Map<string, ForgottenRecord>>;

  constructor(streams: Map<string, Map<string, ForgottenRecord>> = new Map()) {
    this.#streams = streams;
  }

  /** Another process on the same table. */
  another(): InMemoryForgottenStore {
    return new InMemoryForgottenStore(this.#streams);
  }

  async put(stream: StreamKey, record: ForgottenRecord): Promise<void> {
    const records = this.#recordsOf(stream);
    const known = records.get(record.record);
    if (known === undefined || known.stamp < record.stamp) records.set(record.record, record);
  }

  async list(stream: StreamKey): Promise<readonly ForgottenRecord[]> {
    return [...this.#recordsOf(stream).values()].toSorted((a, b) => (a.record < b.record ? -1 : 1));
  }

  async remove(stream: StreamKey, records: readonly string[]): Promise<void> {
    for (const record of records) this.#recordsOf(stream).delete(record);
  }

  #recordsOf(stream: StreamKey): Map<string, ForgottenRecord> {
    const name = `${stream.connection}#${stream.stream}`;
    const known = this.#streams.get(name) ?? new Map<string, ForgottenRecord>();
    this.#streams.set(name, known);
    return known;
  }
}
