import type { Instant } from '../domain/instant.ts';
import type { PartitionKey, StreamKey } from '../domain/names.ts';
import type { ForceWish, FullCheckpoint, LastRun, PartitionState, PartitionTotals } from '../domain/partition.ts';
import type { UnfinishedPartition } from '../domain/unfinished.ts';

/** A held lease. Every write made under it carries the fence. */
export interface Held {
  readonly key: PartitionKey;
  readonly owner: string;
  readonly fence: number;
  /** The item as it was when the lease was taken. */
  readonly state: PartitionState;
  /** By this machine's clock. */
  readonly expiresAt: Instant;
}

export type Acquired =
  | { readonly outcome: 'held'; readonly held: Held }
  /** Somebody else holds a live lease. */
  | { readonly outcome: 'busy'; readonly until: Instant };

/**
 * What a commit changes, besides giving the lease back. What is absent stays as it is. A watermark never goes back.
 */
export interface PartitionChange {
  readonly watermark?: Instant;
  readonly loaded?: true;
  readonly cached?: boolean;
  /** Version of the layout it has in the cache from now on. */
  readonly layout?: number;
  /** Delta numbers now applied, out of those in the held state. */
  readonly applied?: readonly number[];
  /** Everything that was pending in the held state is done; what was marked meanwhile stays. */
  readonly settled?: true;
  /** Record ids of `pending.moved` that are dealt with. */
  readonly movedDone?: readonly string[];
  /** `true` asks for a rebuild, anew if one is due already; `false` answers those asked for before the lease. */
  readonly rebuild?: boolean;
  /** The force with this run id has begun, or will never begin. Not done if its wish has changed since the lease. */
  readonly forceDone?: string;
  /** The wish to end the run with this id is granted, or came too late. */
  readonly cancelDone?: string;
  /** `null` ends the full. */
  readonly full?: FullCheckpoint | null;
  readonly scanOrder?: number;
  readonly count?: number;
  /** Failures in a row: 0 after a success. */
  readonly failures?: number;
  readonly lastRun?: LastRun;
  readonly totals?: Partial<PartitionTotals>;
}

export type Committed =
  | { readonly outcome: 'committed'; readonly state: PartitionState }
  /** The fence is no longer ours: nothing was changed. */
  | { readonly outcome: 'fenced' };

export interface PartitionListing {
  readonly partitions: readonly PartitionState[];
  readonly next?: string;
}

/** One item per partition; every change is one conditional write to that item. */
export interface PartitionStore {
  /** Takes the lease with the next fence and reads the item, in one write; creates the item where there is none. */
  acquire(key: PartitionKey, owner: string, leaseMs: number): Promise<Acquired>;
  /** Changes the item and releases the lease, in one write, if the fence is still ours. */
  commit(held: Held, change: PartitionChange): Promise<Committed>;
  /** Extends the lease to `leaseMs` from now, if it is still ours. @returns whether it is */
  renew(held: Held, leaseMs: number): Promise<boolean>;
  read(key: PartitionKey): Promise<PartitionState | undefined>;
  /** Those of these partitions that exist, in this order; eventually consistent: for planning, never for locking. */
  readMany(stream: StreamKey, ids: readonly string[]): Promise<readonly PartitionState[]>;
  list(stream: StreamKey, cursor?: string): Promise<PartitionListing>;

  /**
   * Remembers that delta `delta` found changes; creates the item where there is none. `since` is kept only if
   * nothing was pending. Never waits for a lease.
   * @returns whether the item is new: an unknown partition
   */
  markOpen(key: PartitionKey, delta: number, since: Instant): Promise<{ readonly created: boolean }>;
  /** Remembers records that moved away; past `limit` of them, forgets them and remembers that a rebuild is due instead. */
  markMoved(key: PartitionKey, moved: Readonly<Record<string, string>>): Promise<void>;
  /** Remembers that the partition must be read as a whole; records that moved away are remembered still. */
  markRebuild(key: PartitionKey): Promise<void>;
  /**
   * Remembers a force, unless one is remembered already; then `wish`, if given, takes the place of that one's, and a
   * wish to cancel it is taken back.
   * @returns the run that will carry it
   */
  requestForce(
    key: PartitionKey,
    run: string,
    wish?: ForceWish,
  ): Promise<{ readonly run: string; readonly created: boolean }>;
  /**
   * Remembers that the force or the full with this run id is to end before it is complete.
   * @returns whether that run is waiting or under way here
   */
  requestCancel(key: PartitionKey, run: string): Promise<boolean>;
  /**
   * Deletes the item, if the fence is still ours and nothing was marked since the lease was taken: what was marked
   * would be lost. @returns whether the item is gone
   */
  remove(held: Held): Promise<boolean>;
  /** Creates the item, or gives it a title. @returns whether it is new */
  discover(key: PartitionKey, title: string | undefined): Promise<{ readonly created: boolean }>;

  /**
   * Partitions with unfinished work (pending, force, or a full under way) that was begun before `markedBefore` of this
   * machine's clock, oldest first. From a sparse index, so eventually consistent: for planning, never for locking.
   */
  unfinished(stream: StreamKey, markedBefore: Instant, limit: number): Promise<readonly UnfinishedPartition[]>;
}
