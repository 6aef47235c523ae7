import { CACHE_LAYOUT, type StreamLayout } from '../domain/cache-layout.ts';
import { layoutVersion, type PartitionState } from '../domain/partition.ts';
import type { Cache } from '../ports/cache.ts';
import type { CallBudget } from '../ports/call-budget.ts';
import type { Clock } from '../ports/clock.ts';
import type { ConnectionRegistry } from '../ports/connection-registry.ts';
import type { DeletionLog } from '../ports/deletion-log.ts';
import type { DriftStore } from '../ports/drift-store.ts';
import type { ForgottenStore } from '../ports/forgotten-store.ts';
import type { HintInbox } from '../ports/hint-inbox.ts';
import type { PartitionStore } from '../ports/partition-store.ts';
import type { PlanStore } from '../ports/plan-store.ts';
import type { QuarantineStore } from '../ports/quarantine-store.ts';
import type { Randomness } from '../ports/randomness.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { StreamDefinition } from '../ports/source.ts';
import type { MeteredSource, OpenConnection, OpenStream } from '../ports/sources.ts';
import type { StreamStore } from '../ports/stream-store.ts';
import type { TaskQueue } from '../ports/task-queue.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** The ports every use case of syncing works with. */
export interface SyncPorts {
  readonly partitions: PartitionStore;
  readonly streams: StreamStore;
  readonly runs: RunStore;
  readonly quarantine: QuarantineStore;
  readonly plans: PlanStore;
  readonly drift: DriftStore;
  readonly forgotten: ForgottenStore;
  readonly deletions: DeletionLog;
  readonly hints: HintInbox;
  readonly registry: ConnectionRegistry;
  readonly cache: Cache;
  readonly queue: TaskQueue;
  readonly budget: CallBudget;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly telemetry: Telemetry;
}

/** Why a cycle is carried out: it is time, or a person asked. */
export type Occasion = 'schedule' | 'asked';

/** One invocation's share of a run. */
export interface Slice {
  /** Names this invocation among all: the owner of its leases. */
  readonly owner: string;
  /** Milliseconds until the invocation must have ended. */
  remainingMs(): number;
  /** What it keeps back of them to finish what it has begun. @default SLICE_RESERVE_MS */
  readonly reserveMs?: number;
}

/** Everything a use case needs to work on one stream within one slice. */
export interface StreamContext extends SyncPorts {
  readonly connection: OpenConnection;
  readonly stream: OpenStream;
  readonly source: MeteredSource;
  readonly slice: Slice;
}

/** The layout a partition has now, which need not be the one that its stream is to have. */
export function layoutOf(stream: StreamDefinition, state: PartitionState | undefined): StreamLayout {
  const version = state === undefined ? (stream.layout ?? CACHE_LAYOUT) : layoutVersion(state);
  const { partitionKind, locators, segmented } = stream;
  return { partitionKind, locators, version, ...(segmented === true ? { segmented } : {}) };
}

/** Whether a record that is in the cache keeps the body it has there, whoever wrote it. */
export function keepsBodies({ rules }: OpenStream): boolean {
  return rules.onConflict === 'skip-existing';
}

/** Time a slice keeps back to finish what it has begun: one source call, one write, one commit. */
export const SLICE_RESERVE_MS = 40_000;

/** The same where answers take minutes: as long as nearly all of them take, and a write. */
export const SLOW_RESERVE_MS = 340_000;

export function hasTimeLeft(slice: Slice): boolean {
  return slice.remainingMs() > (slice.reserveMs ?? SLICE_RESERVE_MS);
}

/** A lease outlives the invocation that takes it, by a little, and nothing more. */
export function leaseMs(slice: Slice): number {
  return Math.max(1_000, slice.remainingMs()) + 2_000;
}
