import type { Instant } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';
import type { RejectedRecord } from '../domain/record.ts';

export interface Quarantined extends RejectedRecord {
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly attempts: number;
  readonly retryAt: Instant;
}

/** Records that cannot be applied: id, reason and version, never the body. Kept until released; re-seen ones count up. */
export interface QuarantineStore {
  put(stream: StreamKey, records: readonly RejectedRecord[]): Promise<void>;
  list(stream: StreamKey, limit: number): Promise<readonly Quarantined[]>;
  find(stream: StreamKey, id: string): Promise<Quarantined | undefined>;
  /** Has a record tried again at once, and not when its time comes. @returns whether it is in quarantine */
  makeDue(stream: StreamKey, id: string): Promise<boolean>;
  release(stream: StreamKey, ids: readonly string[]): Promise<void>;
}
