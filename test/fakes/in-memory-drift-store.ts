import type { DriftReport } from '../../lib/domain/drift.ts';
import type { PartitionKey, StreamKey } from '../../lib/domain/names.ts';
import type { DriftListing, DriftStore } from '../../lib/ports/drift-store.ts';

const LIST_PAGE = 100;

/** Instances that share `reports` behave like processes that share a table. */
export class InMemoryDriftStore implements DriftStore {
  readonly #reports: Map<string, DriftReport>;

  constructor(reports: Map<string, DriftReport> = new Map()) {
    this.#reports = reports;
  }

  /** Another process on the same table. */
  another(): InMemoryDriftStore {
    return new InMemoryDriftStore(this.#reports);
  }

  async put(report: DriftReport): Promise<void> {
    this.#reports.set(nameOf(report), report);
  }

  async read(key: PartitionKey): Promise<DriftReport | undefined> {
    return this.#reports.get(nameOf(key));
  }

  async list(stream: StreamKey, cursor = ''): Promise<DriftListing> {
    const after = [...this.#reports.values()]
      .filter((report) => report.connection === stream.connection && report.stream === stream.stream)
      .filter(({ partition }) => partition > cursor)
      .toSorted((a, b) => (a.partition < b.partition ? -1 : 1));
    const reports = after.slice(0, LIST_PAGE);
    const next = after.length > LIST_PAGE ? reports.at(-1)?.partition : undefined;
    return { reports, ...(next !== undefined && { next }) };
  }

  async remove(key: PartitionKey): Promise<void> {
    this.#reports.delete(nameOf(key));
  }
}

function nameOf(key: PartitionKey): string {
  return `${key.connection}#${key.stream}#${key.partition}`;
}
