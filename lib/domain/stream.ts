import type { Instant } from './instant.ts';

/** One stream's item; at most 1 KB, because every cycle writes it. */
export interface StreamState {
  /** Up to where every partition without pending work is in the cache. Absent before the first walk has begun. */
  readonly watermark?: Instant;
  /** Whether a walk has been completed: every partition's past is in the cache. */
  readonly loaded: boolean;
  /** Number of the last delta begun. */
  readonly delta: number;
  /** Short hashes of what the last delta returned: its overlap. */
  readonly handedOut: readonly string[];
  /** Held by the planner while a delta is under way. */
  readonly lease?: { readonly owner: string; readonly expiresAt: Instant };
  readonly paused: boolean;
  /** This machine's clock. */
  readonly nextDueAt?: Instant;
  readonly intervalMs?: number;
  readonly intervalReason?: IntervalReason;
  readonly failures: number;
  readonly lastError?: string;
  readonly lastCycleAt?: Instant;
  /** When its own schedule last had all of it read, or began to count (this machine's clock). */
  readonly lastFullAt?: Instant;
  /** Cycle number that the cache is known to have been given. */
  readonly cacheCycle: number;
  /** A delta that did not end within one invocation: the next one goes on from here. */
  readonly checkpoint?: DeltaCheckpoint;
}

/** Where a delta of many pages stands. The watermark moves only when its last page is handed out. */
export interface DeltaCheckpoint {
  readonly cursor: string;
  readonly since: Instant;
  /** Source clock of its first page. */
  readonly startedAt: Instant;
}

export type IntervalReason =
  | 'configured'
  | 'schedule'
  | 'daily-budget'
  | 'failing'
  | 'rate-limited'
  | 'quota-spent'
  | 'source-down';

export const NEW_STREAM: StreamState = {
  loaded: false,
  delta: 0,
  handedOut: [],
  paused: false,
  failures: 0,
  cacheCycle: 0,
};
