import type { ConnectionEntry } from '../../resources/parameters.ts';
import type { TrueRecord } from '../compare-records.ts';
import type { SourceCallCounts } from '../costs.ts';

/** Everything that is at the source in one stream of one connection. */
export interface TrueStream {
  readonly connection: string;
  readonly stream: string;
  readonly partitionKind: string;
  readonly partitions: readonly string[];
  readonly records: readonly TrueRecord[];
}

/** A vendor's account on this machine, for whoever has none to try the system with. */
export interface SimulatedAccount {
  /** Kind of its source. */
  readonly kind: string;
  readonly url: string;
  /** What it is and how much it holds, for a person. */
  readonly summary: string;
  readonly connections: readonly ConnectionEntry[];
  /** What was asked of it so far. */
  calls(): SourceCallCounts;
  /** What a cache that is equal to it holds. */
  truth(): readonly TrueStream[];
  /** Changes some records now. */
  change(): void;
  /** Changes one every so often from now on, until it is closed. */
  startEditing(everyMs: number): void;
  close(): Promise<void>;
}

export interface AccountOptions {
  /** The vendor's calls a day, where it has such a limit. */
  readonly callsPerDay: number;
}
