import { type Instant, laterOf } from '../../lib/domain/instant.ts';
import type { PartitionState, PartitionTotals, Pending } from '../../lib/domain/partition.ts';
import type { Held, PartitionChange } from '../../lib/ports/partition-store.ts';

/** What a commit makes of a partition: written apart from the adapter's own rule, so that each checks the other. */
export function changedPartition(
  now: PartitionState,
  held: Held,
  change: PartitionChange,
  rebuildAskedUnderLease: boolean,
): PartitionState {
  const { watermark: _watermark, force, full: _full, lastRun: _lastRun, ...state } = now;
  const watermark = forward(now.watermark, change.watermark);
  const full = change.full === undefined ? now.full : change.full;
  const lastRun = change.lastRun ?? now.lastRun;
  return {
    ...state,
    ...(watermark !== undefined && { watermark }),
    ...(full && { full }),
    ...(lastRun && { lastRun }),
    ...(force && force.run !== change.forceDone && { force }),
    loaded: change.loaded ?? now.loaded,
    cached: change.cached ?? now.cached,
    scanOrder: change.scanOrder ?? now.scanOrder,
    count: change.count ?? now.count,
    failures: change.failures ?? now.failures,
    totals: addedTotals(now.totals, change.totals),
    pending: change.settled
      ? afterSettling(now.pending, held.state.pending, change, { watermark, rebuildAskedUnderLease })
      : afterApplying(now.pending, held.state.pending, change, rebuildAskedUnderLease),
  };
}

interface Circumstances {
  readonly watermark: Instant | undefined;
  readonly rebuildAskedUnderLease: boolean;
}

function afterSettling(now: Pending, known: Pending, change: PartitionChange, also: Circumstances): Pending {
  const left = now.open.filter((delta) => !known.open.includes(delta) && !change.applied?.includes(delta));
  const since = now.since === undefined ? undefined : forward(now.since, also.watermark);
  return {
    ...(left.length > 0 && since !== undefined && { since }),
    open: left,
    marked: now.marked,
    moved: where(now.moved, (record, stamp) => known.moved[record] !== stamp),
    rebuild: change.rebuild === true || (now.rebuild && also.rebuildAskedUnderLease),
  };
}

function afterApplying(now: Pending, known: Pending, change: PartitionChange, askedAgain: boolean): Pending {
  const left = now.open.filter((delta) => !change.applied?.includes(delta));
  const done = change.movedDone ?? [];
  return {
    ...(left.length > 0 && now.since !== undefined && { since: now.since }),
    open: left,
    marked: now.marked,
    moved: where(now.moved, (record, stamp) => !done.includes(record) || known.moved[record] !== stamp),
    rebuild: change.rebuild === undefined ? now.rebuild : change.rebuild || (now.rebuild && askedAgain),
  };
}

function where(
  moved: Pending['moved'],
  keep: (record: string, stamp: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(moved).filter(([record, stamp]) => keep(record, stamp)));
}

function forward(from: Instant | undefined, to: Instant | undefined): Instant | undefined {
  if (from === undefined || to === undefined) return to ?? from;
  return laterOf(from, to);
}

function addedTotals(totals: PartitionTotals, more: Partial<PartitionTotals> = {}): PartitionTotals {
  return {
    runs: totals.runs + (more.runs ?? 0),
    succeeded: totals.succeeded + (more.succeeded ?? 0),
    failed: totals.failed + (more.failed ?? 0),
    added: totals.added + (more.added ?? 0),
    updated: totals.updated + (more.updated ?? 0),
    removed: totals.removed + (more.removed ?? 0),
  };
}
