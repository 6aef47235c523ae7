import { isDeepStrictEqual } from 'node:util';
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
  const { watermark: before, force, cancel, full, lastRun, ...rest } = state;
  const watermark = latest(before, change.watermark);
  const nextForce = isForceDone(force, basis, change) ? undefined : force;
  const nextFull = change.full === undefined ? full : (change.full ?? undefined);
  const nextRun = change.lastRun ?? lastRun;
  return {
    ...rest,
    ...(watermark !== undefined && { watermark }),
    loaded: change.loaded ?? state.loaded,
    cached: change.cached ?? state.cached,
    ...(change.layout !== undefined && { layout: change.layout }),
    pending: changePending(current, basis, change, watermark),
    ...(nextForce && { force: nextForce }),
    ...(cancel !== undefined && cancel !== change.cancelDone && { cancel }),
    ...(nextFull && { full: nextFull }),
    scanOrder: change.scanOrder ?? state.scanOrder,
    count: change.count ?? state.count,
    failures: change.failures ?? state.failures,
    ...(nextRun && { lastRun: nextRun }),
    totals: addTotals(state.totals, change.totals ?? {}),
  };
}

/** A run that began before the force's wish was changed does not carry the new one, so the force is still to begin. */
function isForceDone(force: PartitionState['force'], basis: Basis, change: PartitionChange): boolean {
  return force?.run === change.forceDone && isDeepStrictEqual(force?.wish, basis.state.force?.wish);
}

function changePending(
  current: PartitionItem,
  basis: Basis,
  change: PartitionChange,
  watermark: Instant | undefined,
): Pending {
  const { pending } = current.state;
  const rebuilds = rebuildsAfter(current, basis, change);
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
    rebuild: rebuilds > 0,
    rebuilds,
  };
}

/** A record that was found elsewhere under another stamp meanwhile is not dealt with. */
function movedAfter(current: Pending['moved'], known: Pending['moved'], change: PartitionChange): Pending['moved'] {
  const done = new Set(change.settled ? Object.keys(known) : change.movedDone);
  const left = Object.entries(current).filter(([record, stamp]) => !done.has(record) || known[record] !== stamp);
  return Object.fromEntries(left);
}

/** A rebuild asked for again while one was under way is due again: the cache may have been lost in between. */
function rebuildsAfter(current: PartitionItem, basis: Basis, change: PartitionChange): number {
  if (change.rebuild === true) return current.marks + 1;
  const { rebuilds } = current.state.pending;
  const done = change.settled === true || change.rebuild === false;
  return done && rebuilds <= basis.marks ? 0 : rebuilds;
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
