import { CACHE_LAYOUT } from './cache-layout.ts';
import type { DriftCounts } from './drift.ts';
import type { Instant } from './instant.ts';
import type { Ledger, RunOutcome } from './ledger.ts';
import type { Progress } from './progress.ts';
import type { StreamState } from './stream.ts';

/** The time-limited right to write one partition. Valid while `expiresAt` is ahead; existence means nothing. */
export interface Lease {
  readonly owner: string;
  readonly expiresAt: Instant;
}

/** What is not yet safely in the cache. All empty: nothing is. */
export interface Pending {
  /** Effective watermark before the first open delta: where a re-read begins. */
  readonly since?: Instant;
  /** Numbers of the deltas handed out for this partition and not yet applied. */
  readonly open: readonly number[];
  /** Number of the delta marked last: tells a commit whether another was marked meanwhile. */
  readonly marked: number;
  /** Records that were found elsewhere: record id → stamp it has there. To be removed here unless newer. */
  readonly moved: Readonly<Record<string, string>>;
  /** The whole partition must be read again: it was lost in the cache, or more moved away than is remembered. */
  readonly rebuild: boolean;
  /** Rises each time a rebuild is asked for; 0 when none is due. A full that began at a lower number does not answer it. */
  readonly rebuilds: number;
}

/** What whoever asked for a full or an audit wants of it. */
export interface ForceWish {
  /** Deletions a person has approved: up to so many the brake lets pass. */
  readonly approved?: number;
  /** The deletion plan that the approval is for. */
  readonly plan?: string;
  /** For an audit: write what it finds missing, stale or corrupt, and remove what is extra. */
  readonly repair?: boolean;
  /** For an audit: compare the contents of every record inside the cache, not of a sample. */
  readonly deep?: boolean;
}

/** How far what changes meanwhile has been read beside a long read of everything. */
export interface NewsRead {
  /** Source clock: everything that changed between the full's first page and this is in the cache. */
  readonly upTo: Instant;
  /** This machine's clock, when that was last looked at. */
  readonly lookedAt: Instant;
}

/** Where a multi-page read of the whole partition stands. */
export interface FullCheckpoint {
  readonly run: string;
  /** How often the run has begun again: what an earlier attempt saw says nothing about this one. */
  readonly attempt?: number;
  /** Absent before the first page. */
  readonly cursor?: string;
  /** Call number of its first page: records stamped at or after it were written since. */
  readonly startOrder?: number;
  /** Source clock of its first page: what the watermark may reach. */
  readonly startedAt?: Instant;
  /** `pending.marked` when it began: deltas up to this number were read before it, so it covers them. */
  readonly startMarked?: number;
  /** `pending.rebuilds` when it began. */
  readonly startRebuilds?: number;
  readonly wish?: ForceWish;
  /** Call number of the last page read. */
  readonly lastOrder?: number;
  /** Absent where the source does not say how much there is. */
  readonly progress?: Progress;
  /** Absent where deltas go on by themselves, and before the first page. */
  readonly news?: NewsRead;
  readonly ledger: Ledger;
  /** Deletions that its finished partitions hold back. */
  readonly heldDeletions?: number;
  /** For an audit: what it has found so far. */
  readonly drift?: DriftCounts;
  /**
   * `finish` once every page is read; a walk or an audit then turns to each partition. An audit begins with `inside`:
   * does what the cache holds fit together? A full that finds its partition in another layout than its stream is to have
   * goes on with `copy`, and with `switch` once all of it is in both.
   */
  readonly phase: 'inside' | 'read' | 'finish' | 'copy' | 'switch';
  /** The other layout: to be copied to, then the one to be left. */
  readonly layout?: number;
}

export interface LastRun {
  readonly run: string;
  readonly task: 'apply' | 'window' | 'full' | 'walk' | 'audit' | 'import';
  readonly outcome: RunOutcome;
  /** This machine's clock. */
  readonly at: Instant;
  readonly durationMs: number;
  readonly ledger: Ledger;
  /** Code of the failure that ended it. */
  readonly error?: string;
}

/** Totals over a partition's life. */
export interface PartitionTotals {
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
}

/** One partition's item. */
export interface PartitionState {
  readonly id: string;
  readonly title?: string;
  /** Own watermark; absent before the first complete read of this partition by itself. */
  readonly watermark?: Instant;
  /** Whether everything up to the watermark was read at least once. */
  readonly loaded: boolean;
  /** Whether the cache has been given this partition: from then on a missing fence means loss. */
  readonly cached: boolean;
  /** Version of the layout it has in the cache. @default 1 */
  readonly layout?: number;
  readonly fence: number;
  readonly lease?: Lease;
  readonly pending: Pending;
  /** A force that was asked for and has not begun. What is asked while it runs is remembered anew, and only once. */
  readonly force?: { readonly run: string; readonly at: Instant; readonly wish?: ForceWish };
  /** The run that somebody wants to end before it is complete. */
  readonly cancel?: string;
  readonly full?: FullCheckpoint;
  /** Last call number of the last complete scan: what was read before its end may show what it found gone. */
  readonly scanOrder: number;
  /** Records in the cache after the last write. */
  readonly count: number;
  readonly failures: number;
  readonly lastRun?: LastRun;
  readonly totals: PartitionTotals;
  /** Since when somebody must come for it (this machine's clock); absent when `needsAttention` is false. */
  readonly unfinishedSince?: Instant;
}

/**
 * What a new item's fences begin above: seconds of this machine's clock. A cache may outlive the table that its fences
 * came from, and must not refuse those of the next.
 */
export function firstFence(now: Instant): number {
  return Math.floor(now / 1_000);
}

export const NOTHING_PENDING: Pending = { open: [], marked: 0, moved: {}, rebuild: false, rebuilds: 0 };

export const NO_TOTALS: PartitionTotals = { runs: 0, succeeded: 0, failed: 0, added: 0, updated: 0, removed: 0 };

/**
 * Up to where a partition was read, whatever has moved away from it since: what is missing below is missing, and not
 * still under way.
 */
export function readUpTo(
  state: PartitionState,
  stream: Pick<StreamState, 'loaded' | 'watermark'> | undefined,
): Instant | undefined {
  const { pending, watermark } = state;
  if (!state.loaded || pending.rebuild || stream?.loaded !== true) return watermark;
  if (pending.open.length === 0 && pending.since === undefined) {
    return effectiveWatermark({ ...state, pending: NOTHING_PENDING }, stream);
  }
  return pending.since === undefined || (watermark !== undefined && watermark > pending.since)
    ? watermark
    : pending.since;
}

/** The name under which an attempt at a full remembers what it has seen. */
export function scanName({ run, attempt }: Pick<FullCheckpoint, 'run' | 'attempt'>): string {
  return attempt === undefined ? run : `${run}.${attempt}`;
}

/** The same run, from its first page again. */
export function nextAttempt({
  run,
  attempt = 0,
  wish,
}: FullCheckpoint): Pick<FullCheckpoint, 'run' | 'attempt' | 'wish'> {
  return { run, attempt: attempt + 1, ...(wish === undefined ? {} : { wish }) };
}

/** The version of its layout that a partition is written in: its own until a full has switched it. */
export function layoutVersion({ layout = CACHE_LAYOUT }: Pick<PartitionState, 'layout'>): number {
  return layout;
}

/** Whether nobody can have written the partition yet, so that it may begin with any layout. */
export function isUnwritten({ layout, cached, loaded, totals }: PartitionState): boolean {
  return layout === undefined && !cached && !loaded && totals.runs === 0;
}

/** Whether a full may no longer end before it is complete: keys in the cache would be left that nobody knows of. */
export function isSwitchingLayout({ phase }: FullCheckpoint): boolean {
  return phase === 'copy' || phase === 'switch';
}

export function isPending(pending: Pending): boolean {
  return (
    pending.open.length > 0 || pending.since !== undefined || pending.rebuild || Object.keys(pending.moved).length > 0
  );
}

/** Whether somebody must still come for this partition: what keeps it in the index of unfinished work. */
export function needsAttention(state: PartitionState): boolean {
  const asked = state.force !== undefined || state.cancel !== undefined;
  return asked || state.full !== undefined || isPending(state.pending);
}

/**
 * Up to where the partition is known to be in the cache: the later of its own and its stream's watermark, but only
 * if both are loaded and nothing is pending; otherwise its own. Until the first walk is complete, nobody has read what
 * lies between a partition's watermark and the one the deltas began from.
 */
export function effectiveWatermark(
  state: PartitionState,
  stream: Pick<StreamState, 'loaded' | 'watermark'> | undefined,
): Instant | undefined {
  const { watermark, loaded = false } = stream ?? {};
  if (!loaded || !state.loaded || isPending(state.pending) || watermark === undefined) return state.watermark;
  return state.watermark === undefined || watermark > state.watermark ? watermark : state.watermark;
}
