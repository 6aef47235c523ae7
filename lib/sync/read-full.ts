import { addLedgers, EMPTY_LEDGER, outcomeOf } from '../domain/ledger.ts';
import { type FullCheckpoint, nextAttempt, type PartitionState, scanName } from '../domain/partition.ts';
import type { Run } from '../domain/run.ts';
import { promote } from '../domain/window.ts';
import type { Held, PartitionChange } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { applyRecords } from './apply-records.ts';
import { endRun, recordRun, type StepEnd } from './end-run.ts';
import { type Absent, type CompleteScan, findAbsent } from './find-absent.ts';
import { divideMoved, forgottenAmong } from './forgotten-among.ts';
import { fullRun } from './full-run.ts';
import { leftRecords, mayComeLater, newsUnderWay } from './left-records.ts';
import { newRunId } from './new-run-id.ts';
import { requireSamePartition } from './own-records.ts';
import { tellLoaded } from './partition-loaded.ts';
import { closePlans } from './pass-brake.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { readPage } from './read-page.ts';
import { release } from './release.ts';
import { copyLayout, layoutToBuild, switchLayout } from './switch-layout.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * One step of reading a whole partition: one page under one lease, or, after the last page, the removal of what the
 * scan did not see, or what brings it over to another layout. Every step ends in a checkpoint, so a crash repeats one page
 * at the most.
 */
export async function readFull(context: StreamContext, held: Held): Promise<StepEnd> {
  const { full } = held.state;
  if (full?.phase === 'copy') return copyLayout(context, held, full);
  if (full?.phase === 'switch') return switchLayout(context, held, full);
  const checkpoint = fullCheckpoint(context, held.state);
  return checkpoint.phase === 'finish'
    ? finishFull(context, held, checkpoint)
    : readFullPage(context, held, checkpoint);
}

/**
 * Where the full stands. A rebuild asked for since it began means that the cache lost what it has written: the same run
 * begins again.
 */
export function fullCheckpoint(context: StreamContext, state: PartitionState): FullCheckpoint {
  const { full, pending } = state;
  if (full === undefined) return beginFull(context, state);
  if (pending.rebuilds <= (full.startRebuilds ?? 0)) return full;
  return { ...beginFull(context, state), ...nextAttempt(full) };
}

function beginFull(context: StreamContext, { force, pending }: PartitionState): FullCheckpoint {
  return {
    run: force?.run ?? newRunId(context),
    ledger: EMPTY_LEDGER,
    phase: 'read',
    startMarked: pending.marked,
    startRebuilds: pending.rebuilds,
    ...(force?.wish === undefined ? {} : { wish: force.wish }),
  };
}

async function readFullPage(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const { partition } = held.key;
  const before = context.source.calls;
  const page = await readPage(context, { stream: context.stream.name, partition }, checkpoint.cursor);
  requireSamePartition(page, partition);
  await quarantineRejected(context, page.rejected);
  const read = { order: page.order, asOf: checkpoint.startedAt ?? page.servedAt };
  const underWay = await newsUnderWay(context, held, page.removed);
  const mayFollow = mayComeLater(context, page, read.asOf);
  const applied = await applyRecords(context, held, {
    ...read,
    records: page.records,
    left: leftRecords({ ...read, removed: page.removed, mayFollow: (left) => underWay || mayFollow(left) }),
    path: 'full',
    create: true,
    verify: true,
    scan: scanName(checkpoint),
    forgotten: await forgottenAmong(context, page.records),
    meta: { loaded: held.state.pending.rebuild ? false : tellLoaded(held.state, held.state.loaded), pending: true },
  });
  if (applied.outcome !== 'applied') return release(context, held);
  const calls = context.source.calls - before;
  const full = nextCheckpoint(checkpoint, page, { ...applied.ledger, calls });
  // Its first page uses up the force: who asks from now on wants a scan that begins later.
  const committed = await context.partitions.commit(held, {
    full,
    forceDone: full.run,
    cached: true,
    count: applied.count,
  });
  if (committed.outcome === 'fenced') return 'done';
  await recordRun(context, full.run, fullRun(checkpoint, held), {
    state: 'running',
    ledger: full.ledger,
    ...progressOf(full),
  });
  return 'more';
}

/** The checkpoint after a page: where to go on, and what the scan has done so far. */
export function nextCheckpoint(
  checkpoint: FullCheckpoint,
  page: SourcePage,
  applied: Partial<FullCheckpoint['ledger']>,
): FullCheckpoint {
  const rejected = page.rejected.length;
  const counted = addLedgers(checkpoint.ledger, { ...applied, pages: 1 });
  const { cursor: _passed, ...rest } = checkpoint;
  return {
    ...rest,
    startOrder: checkpoint.startOrder ?? page.order,
    startedAt: checkpoint.startedAt ?? page.servedAt,
    lastOrder: page.order,
    ...progressAfter(checkpoint, page),
    ledger: addLedgers(counted, { seen: rejected, quarantined: rejected }),
    phase: page.next === undefined ? 'finish' : 'read',
    ...(page.next === undefined ? {} : { cursor: page.next }),
  };
}

function progressAfter(
  { progress }: FullCheckpoint,
  { records, rejected, removed = [], total = progress?.total }: SourcePage,
): Pick<FullCheckpoint, 'progress'> {
  if (total === undefined) return {};
  const processed = (progress?.processed ?? 0) + records.length + rejected.length + removed.length;
  return { progress: { processed, total } };
}

/** What the run history keeps of it. */
export function progressOf({ progress }: FullCheckpoint): Pick<Run, 'progress'> {
  return progress === undefined ? {} : { progress };
}

/** The scan of a full or a walk that has read its last page. */
export function scanOf(checkpoint: FullCheckpoint): CompleteScan {
  const { run, startOrder = 0, lastOrder = 0, ledger, wish } = checkpoint;
  return {
    run,
    name: scanName(checkpoint),
    startOrder,
    lastOrder,
    sawAny: ledger.seen > 0,
    ...(wish === undefined ? {} : { wish }),
  };
}

async function finishFull(context: StreamContext, held: Held, read: FullCheckpoint): Promise<StepEnd> {
  const { run, startedAt, startMarked = 0, wish } = read;
  const startedMs = context.clock.monotonicMs();
  const before = context.source.calls;
  const absent = await findAbsent(context, held, scanOf(read));
  const checkpoint = { ...read, ledger: addLedgers(read.ledger, { calls: context.source.calls - before }) };
  if (absent.more) return removeSome(context, held, checkpoint, absent);
  const settles = settlesPast(held.state, absent);
  const covered = settles ? held.state.pending.open.filter((delta) => delta <= startMarked) : [];
  const watermark =
    startedAt === undefined || !settles
      ? held.state.watermark
      : promote(held.state.watermark, startedAt, context.stream.rules);
  const moved = await divideMoved(context, held.state.pending.moved);
  const applied = await applyRecords(context, held, {
    records: absent.missed,
    order: absent.order,
    asOf: absent.asOf,
    path: 'full',
    create: true,
    removals: { ...absent.removals, ...moved.removals },
    forgotten: moved.forgotten,
    meta: {
      loaded: true,
      pending: covered.length < held.state.pending.open.length,
      ...(startMarked > 0 && settles ? { applied: startMarked } : {}),
      ...(watermark === undefined ? {} : { watermark }),
    },
  });
  if (applied.outcome !== 'applied') return release(context, held);
  const ledger = addLedgers(checkpoint.ledger, applied.ledger);
  const end = { complete: true, heldDeletions: absent.held };
  if (absent.held === 0) await closePlans(context, held.key, wish);
  const plan = absent.plan ?? wish?.plan;
  const change = {
    loaded: true,
    cached: true,
    rebuild: false,
    applied: covered,
    movedDone: Object.keys(held.state.pending.moved),
    scanOrder: absent.lastOrder,
    count: applied.count,
    ...(watermark === undefined ? {} : { watermark }),
  } as const;
  const layout = layoutToBuild(context, held.state);
  const build =
    layout === undefined ? undefined : toBeCopied(checkpoint, { layout, ledger, heldDeletions: absent.held });
  // Before the commit: whoever dies in between leaves a finish that is repeated, and no run that never ends.
  await recordRun(context, run, fullRun(checkpoint, held), {
    ...(build === undefined ? { state: 'ended', outcome: outcomeOf(ledger, end) } : { state: 'running' }),
    ledger,
    ...progressOf(checkpoint),
    heldDeletions: absent.held,
    ...(plan === undefined ? {} : { plan }),
  });
  const step =
    build === undefined
      ? await endRun(context, held, { run, task: 'full', ledger, end, startedMs }, { full: null, ...change })
      : await goOn(context, held, { full: build, ...change });
  await context.cache.forgetScan(held.key, scanName(checkpoint));
  return step;
}

/**
 * Whether nothing that was read since the partition's watermark is needed any more. What a scan finds absent, and the
 * brake holds, the source itself may have said: that must still be heard.
 */
export function settlesPast({ watermark }: PartitionState, { held }: Pick<Absent, 'held'>): boolean {
  return held === 0 || watermark === undefined;
}

/** The full goes on with a copy from its first page. */
function toBeCopied(
  { cursor: _read, ...checkpoint }: FullCheckpoint,
  found: Pick<FullCheckpoint, 'layout' | 'ledger' | 'heldDeletions'>,
): FullCheckpoint {
  return { ...checkpoint, ...found, phase: 'copy' };
}

async function goOn(context: StreamContext, held: Held, change: PartitionChange): Promise<StepEnd> {
  const committed = await context.partitions.commit(held, change);
  return committed.outcome === 'fenced' ? 'done' : 'more';
}

/** More is gone than one step asks for by id: some leave now, and the next step finds the rest unseen again. */
async function removeSome(
  context: StreamContext,
  held: Held,
  checkpoint: FullCheckpoint,
  absent: Absent,
): Promise<StepEnd> {
  const applied = await applyRecords(context, held, {
    records: absent.missed,
    order: absent.order,
    asOf: absent.asOf,
    path: 'full',
    create: true,
    // What the query by id found is seen now, or it would be asked for again.
    scan: scanName(checkpoint),
    removals: absent.removals,
    meta: { loaded: tellLoaded(held.state, held.state.loaded), pending: true },
  });
  if (applied.outcome !== 'applied') return release(context, held);
  const full = {
    ...checkpoint,
    lastOrder: absent.lastOrder,
    ledger: addLedgers(checkpoint.ledger, applied.ledger),
  };
  return goOn(context, held, { full, count: applied.count });
}
