import { addLedgers, EMPTY_LEDGER } from '../domain/ledger.ts';
import { type FullCheckpoint, nextAttempt, type PartitionState, scanName } from '../domain/partition.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { applyRecords } from './apply-records.ts';
import { recordRun, type StepEnd } from './end-run.ts';
import { finishFull } from './finish-full.ts';
import { forgottenAmong } from './forgotten-among.ts';
import { fullRun, progressOf } from './full-run.ts';
import { leftRecords, mayComeLater, newsUnderWay } from './left-records.ts';
import { newRunId } from './new-run-id.ts';
import { requireSamePartition } from './own-records.ts';
import { tellLoaded } from './partition-loaded.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { firstNews, isNewsDue, readNews } from './read-news.ts';
import { readPage } from './read-page.ts';
import { release } from './release.ts';
import { copyLayout, switchLayout } from './switch-layout.ts';
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
  if (checkpoint.news !== undefined && isNewsDue(context, checkpoint)) {
    return readNews(context, held, checkpoint, checkpoint.news);
  }
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
    left: leftRecords({
      ...read,
      removed: page.removed,
      servedAt: page.servedAt,
      mayFollow: (left) => underWay || mayFollow(left),
    }),
    path: 'full',
    create: true,
    verify: true,
    scan: scanName(checkpoint),
    forgotten: await forgottenAmong(context, page.records),
    meta: { loaded: held.state.pending.rebuild ? false : tellLoaded(held.state, held.state.loaded), pending: true },
  });
  if (applied.outcome !== 'applied') return release(context, held);
  const calls = context.source.calls - before;
  const news = checkpoint.news ?? firstNews(context, page);
  const full = {
    ...nextCheckpoint(checkpoint, page, { ...applied.ledger, calls }),
    ...(news === undefined ? {} : { news }),
  };
  // Its first page uses up the force: who asks from now on wants a scan that begins later.
  const committed = await context.partitions.commit(held, {
    full,
    forceDone: full.run,
    failures: 0,
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
