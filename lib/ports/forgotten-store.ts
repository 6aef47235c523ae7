import type { Instant } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';

/** A record that was erased on a person's wish: only a version newer than the stamp may come back. */
export interface ForgottenRecord {
  readonly record: string;
  /** Where it was last. */
  readonly partition: string;
  readonly stamp: string;
  /** This machine's clock. */
  readonly at: Instant;
}

/** What must stay forgotten, so that a rebuilt cache does not bring it back. */
export interface ForgottenStore {
  put(stream: StreamKey, record: ForgottenRecord): Promise<void>;
  /** All of a stream; strongly consistent. */
  list(stream: StreamKey): Promise<readonly ForgottenRecord[]>;
  remove(stream: StreamKey, records: readonly string[]): Promise<void>;
}
