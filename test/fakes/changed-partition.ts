import { isDeepStrictEqual } from 'node:util';
import { type Instant, laterOf } from '../../lib/domain/instant.ts';
import type { PartitionState, PartitionTotals, Pending } from '../../lib/domain/partition.ts';
import type { Held, PartitionChange } from '../../lib/ports/partition-store.ts';

/** How many marks there are, and how many there were when the lease was last taken. */
export interface Marks {
  readonly now: number;
  readonly atLease: number;
}

/** What a commit makes of a partition: written apart from the adapter's own rule, so that each checks the other. */
export function changedPartition(
  now: PartitionState,
  held: Held,
  change: PartitionChange,
  marks: Marks,
): PartitionState {
  const { watermark: _watermark, force, cancel, full: _full, lastRun: _lastRun, ...state } = now;
  const watermark = forward(now.watermark, change.watermark);
  const full = change.full === undefined ? now.full : change.full;
  const lastRun = change.lastRun ?? now.lastRun;
  return {
    ...state,
    ...(watermark !== undefined && { watermark }),
    ...(full && { full }),
    ...(lastRun && { lastRun }),
    ...(force && !isBegun(force, held.state.force, change) && { force }),
    ...(cancel !== undefined && cancel !== change.cancelDone && { cancel }),
    loaded: change.loaded ?? now.loaded,
    cached: change.cached ?? now.cached,
    ...(change.layout !== undefined && { layout: change.layout }),
    scanOrder: change.scanOrder ?? now.scanOrder,
    count: change.count ?? now.count,
    failures: change.failures ?? now.failures,
    totals: addedTotals(now.totals, change.totals),
    pending: change.settled
      ? afterSettling(now.pending, held.state.pending, change, { watermark, marks })
      : afterApplying(now.pending, held.state.pending, change, marks),
  };
}

/** What has begun carries the wish it knew: with another, the force is still to begin. */
function isBegun(
  force: NonNullable<PartitionState['force']>,
  known: PartitionState['force'],
  change: PartitionChange,
): boolean {
  return force.run === change.forceDone && isDeepStrictEqual(force.wish, known?.wish);
}

interface Circumstances {
  readonly watermark: Instant | undefined;
  readonly marks: Marks;
}

function afterSettling(now: Pending, known: Pending, change: PartitionChange, also: Circumstances): Pending {
  const left = now.open.filter((delta) => !known.open.includes(delta) && !change.applied?.includes(delta));
  const since = now.since === undefined ? undefined : forward(now.since, also.watermark);
  return {
    ...(left.length > 0 && since !== undefined && { since }),
    open: left,
    marked: now.marked,
    moved: where(now.moved, (record, stamp) => known.moved[record] !== stamp),
    ...rebuildDue(now, { ...change, rebuild: change.rebuild ?? false }, also.marks),
  };
}

function afterApplying(now: Pending, known: Pending, change: PartitionChange, marks: Marks): Pending {
  const left = now.open.filter((delta) => !change.applied?.includes(delta));
  const done = change.movedDone ?? [];
  return {
    ...(left.length > 0 && now.since !== undefined && { since: now.since }),
    open: left,
    marked: now.marked,
    moved: where(now.moved, (record, stamp) => !done.includes(record) || known.moved[record] !== stamp),
    ...rebuildDue(now, change, marks),
  };
}

function rebuildDue(now: Pending, { rebuild }: PartitionChange, marks: Marks): Pick<Pending, 'rebuild' | 'rebuilds'> {
  if (rebuild === true) return { rebuild: true, rebuilds: marks.now + 1 };
  if (rebuild === undefined || now.rebuilds > marks.atLease) return { rebuild: now.rebuild, rebuilds: now.rebuilds };
  return { rebuild: false, rebuilds: 0 };
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
