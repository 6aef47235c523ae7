import type { DriftCounts } from './drift.ts';
import type { Instant } from './instant.ts';
import type { Ledger, RunOutcome } from './ledger.ts';
import type { PartitionKey } from './names.ts';
import type { Progress } from './progress.ts';

/** One entry of the run history. */
export interface Run extends PartitionKey {
  readonly run: string;
  readonly task: 'delta' | 'apply' | 'window' | 'full' | 'walk' | 'audit' | 'drop' | 'import';
  readonly trigger: 'schedule' | 'force' | 'repair' | 'first-load' | 'plan';
  readonly state: 'queued' | 'running' | 'ended';
  /** Present once ended. */
  readonly outcome?: RunOutcome;
  /** This machine's clock. */
  readonly requestedAt: Instant;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly ledger: Ledger;
  /** For a read of everything, where the source says how much there is. */
  readonly progress?: Progress;
  /** Failure code of the last attempt that failed. */
  readonly error?: string;
  readonly heldDeletions?: number;
  /** The deletion plan it made, or carries out. */
  readonly plan?: string;
  /** For an audit: what it found. */
  readonly drift?: DriftCounts;
  /** For an import: nothing was written, and the ledger says what would have been. */
  readonly dryRun?: boolean;
  /** For a delta: how many partitions it found changed. */
  readonly partitions?: number;
  /** For a delta: how many records it handed out to them. */
  readonly handedOut?: number;
}
