import type { Instant } from '../domain/instant.ts';
import type { StreamKey } from '../domain/names.ts';
import type { DeltaCheckpoint, StreamState } from '../domain/stream.ts';

/** The right to run one delta of a stream. */
export interface HeldStream {
  readonly key: StreamKey;
  readonly owner: string;
  /** The delta's number. */
  readonly delta: number;
  /** The item as it was when the delta began. */
  readonly state: StreamState;
  readonly beganAt: Instant;
  readonly expiresAt: Instant;
}

export interface StreamChange {
  /** Moves only forward. */
  readonly watermark?: Instant;
  readonly loaded?: boolean;
  readonly handedOut?: readonly string[];
  readonly nextDueAt?: Instant;
  readonly intervalMs?: number;
  readonly intervalReason?: StreamState['intervalReason'];
  readonly failures?: number;
  /** `null` clears it. */
  readonly lastError?: string | null;
  readonly lastCycleAt?: Instant;
  readonly cacheCycle?: number;
  /** `null` ends it. */
  readonly checkpoint?: DeltaCheckpoint | null;
}

/** One item per stream. */
export interface StreamStore {
  read(key: StreamKey): Promise<StreamState | undefined>;
  /**
   * Begins the next delta if none is under way, the stream is not paused, and `nextDueAt` is still what `seen` says
   * (two planners at once: one wins). One write.
   */
  beginDelta(key: StreamKey, seen: StreamState, owner: string, leaseMs: number): Promise<HeldStream | undefined>;
  /** Ends the delta, if it is still ours; one write. @returns whether it was */
  endDelta(held: HeldStream, change: StreamChange): Promise<boolean>;
  /** Sets or lifts the pause; creates the item where there is none. */
  setPaused(key: StreamKey, paused: boolean): Promise<void>;
  /** Makes the stream due at once. */
  makeDue(key: StreamKey): Promise<void>;
  /** The stream's own schedule has had all of it read. */
  markFull(key: StreamKey, at: Instant): Promise<void>;
  /** The first walk has begun: deltas run from `watermark` on, which may lie before it. A watermark that is there already stays. */
  beginFrom(key: StreamKey, watermark: Instant): Promise<void>;
  /** A walk is complete. */
  markLoaded(key: StreamKey): Promise<void>;
  /** Forgets the stream: what comes back begins with a first load. */
  remove(key: StreamKey): Promise<void>;
}
