import type { DriftReport } from '../domain/drift.ts';
import type { PartitionKey, StreamKey } from '../domain/names.ts';

export interface DriftListing {
  readonly reports: readonly DriftReport[];
  /** Where to go on; absent on the last page. */
  readonly next?: string;
}

/** The last audit's findings, one per partition. */
export interface DriftStore {
  /** Takes the place of what was known about the partition. */
  put(report: DriftReport): Promise<void>;
  read(key: PartitionKey): Promise<DriftReport | undefined>;
  /** In the order of partition ids. */
  list(stream: StreamKey, cursor?: string): Promise<DriftListing>;
  remove(key: PartitionKey): Promise<void>;
}
