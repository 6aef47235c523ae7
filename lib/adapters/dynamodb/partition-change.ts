import { type Instant, laterOf } from '../../domain/instant.ts';
import type { PartitionState, PartitionTotals, Pending } from '../../domain/partition.ts';
import type { PartitionChange } from '../../ports/partition-store.ts';
import type { PartitionItem } from './partition-item.ts';

/** What the committer knew when it took the lease. */
export interface Basis {
  readonly state: PartitionState;
  readonly marks: number;
}

/**
 * The partition after a commit. `current` is the item as it is now, which may hold marks that were made after the
 * lease was taken: those stay, whatever the commit says about what was pending at `basis`.
 */
export function changePartition(current: PartitionItem, basis: Basis, change: PartitionChange): PartitionState {
  const { state } = current;
  const { watermark: before, force, full, lastRun, ...rest } = state;
  const watermark = latest(before, change.watermark);
  const nextForce = force?.run === change.forceDone ? undefined : force;
  const nextFull = change.full === undefined ? full : (change.full ?? undefined);
  const nextRun = change.lastRun ?? lastRun;
  return {
    ...rest,
    ...(watermark !== undefined && { watermark }),
    loaded: change.loaded ?? state.loaded,
    cached: change.cached ?? state.cached,
    pending: changePending(current, basis, change, watermark),
    ...(nextForce && { force: nextForce }),
    ...(nextFull && { full: nextFull }),
    scanOrder: change.scanOrder ?? state.scanOrder,
    count: change.count ?? state.count,
    failures: change.failures ?? state.failures,
    ...(nextRun && { lastRun: nextRun }),
    totals: addTotals(state.totals, change.totals ?? {}),
  };
}

function changePending(
  current: PartitionItem,
  basis: Basis,
  change: PartitionChange,
  watermark: Instant | undefined,
): Pending {
  const { pending } = current.state;
  const closed = new Set([...(change.applied ?? []), ...(change.settled ? basis.state.pending.open : [])]);
  const open = pending.open.filter((delta) => !closed.has(delta));
  const since = open.length > 0 || !(change.settled || closed.size > 0) ? pending.since : undefined;
  // Everything before the watermark is in: what was marked meanwhile has to be read again only from there on.
  const reread = change.settled && since !== undefined ? latest(since, watermark) : since;
  return {
    ...(reread !== undefined && { since: reread }),
    open,
    marked: pending.marked,
    moved: movedAfter(pending.moved, basis.state.pending.moved, change),
    rebuild: rebuildAfter(current, basis, change),
  };
}

/** A record that was found elsewhere under another stamp meanwhile is not dealt with. */
function movedAfter(current: Pending['moved'], known: Pending['moved'], change: PartitionChange): Pending['moved'] {
  const done = new Set(change.settled ? Object.keys(known) : change.movedDone);
  const left = Object.entries(current).filter(([record, stamp]) => !done.has(record) || known[record] !== stamp);
  return Object.fromEntries(left);
}

/** A rebuild asked for again while one was under way is due again: the cache may have been lost in between. */
function rebuildAfter(current: PartitionItem, basis: Basis, change: PartitionChange): boolean {
  if (change.rebuild === true) return true;
  const done = change.settled === true || change.rebuild === false;
  return current.state.pending.rebuild && (!done || current.rebuildMark > basis.marks);
}

function latest(known: Instant | undefined, candidate: Instant | undefined): Instant | undefined {
  if (known === undefined || candidate === undefined) return candidate ?? known;
  return laterOf(known, candidate);
}

function addTotals(totals: PartitionTotals, more: Partial<PartitionTotals>): PartitionTotals {
  return {
    runs: totals.runs + (more.runs ?? 0),
    succeeded: totals.succeeded + (more.succeeded ?? 0),
    failed: totals.failed + (more.failed ?? 0),
    added: totals.added + (more.added ?? 0),
    updated: totals.updated + (more.updated ?? 0),
    removed: totals.removed + (more.removed ?? 0),
  };
}
