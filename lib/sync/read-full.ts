import { addLedgers, EMPTY_LEDGER, outcomeOf } from '../domain/ledger.ts';
import type { FullCheckpoint, PartitionState } from '../domain/partition.ts';
import { promote } from '../domain/window.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { applyRecords } from './apply-records.ts';
import { endRun, recordRun, type StepEnd } from './end-run.ts';
import { findAbsent } from './find-absent.ts';
import { newRunId } from './new-run-id.ts';
import { requireSamePartition } from './own-records.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { readPage } from './read-page.ts';
import { release } from './release.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * One step of reading a whole partition: one page under one lease, or, after the last page, the removal of what the
 * scan did not see. Every step ends in a checkpoint, so a crash repeats one page at the most.
 */
export async function readFull(context: StreamContext, held: Held): Promise<StepEnd> {
  const checkpoint = held.state.full ?? beginFull(context, held.state);
  return checkpoint.phase === 'read' ? readFullPage(context, held, checkpoint) : finishFull(context, held, checkpoint);
}

export function beginFull(context: StreamContext, state: PartitionState): FullCheckpoint {
  return {
    run: state.force?.run ?? newRunId(context),
    ledger: EMPTY_LEDGER,
    phase: 'read',
    startMarked: state.pending.marked,
  };
}

async function readFullPage(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const { partition } = held.key;
  const page = await readPage(context, { stream: context.stream.name, partition }, checkpoint.cursor);
  requireSamePartition(page.records, partition);
  await quarantineRejected(context, page.rejected);
  const applied = await applyRecords(context, held, {
    records: page.records,
    order: page.order,
    create: true,
    verify: true,
    scan: checkpoint.run,
    meta: { loaded: held.state.loaded, pending: true },
  });
  if (applied.outcome !== 'applied') return release(context, held);
  const full = nextCheckpoint(checkpoint, page, applied.ledger);
  const committed = await context.partitions.commit(held, { full, cached: true, count: applied.count });
  if (committed.outcome === 'fenced') return 'done';
  await recordRun(context, full.run, runBase(held), { state: 'running', ledger: full.ledger });
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
    ledger: addLedgers(counted, { seen: rejected, quarantined: rejected }),
    phase: page.next === undefined ? 'finish' : 'read',
    ...(page.next === undefined ? {} : { cursor: page.next }),
  };
}

async function finishFull(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const { run, startedAt, startMarked = 0 } = checkpoint;
  const startedMs = context.clock.monotonicMs();
  const absent = await findAbsent(context, held, checkpoint);
  const covered = held.state.pending.open.filter((delta) => delta <= startMarked);
  const watermark =
    startedAt === undefined ? undefined : promote(held.state.watermark, startedAt, context.connection.rules);
  const applied = await applyRecords(context, held, {
    records: absent.missed,
    order: absent.order,
    create: true,
    removals: { ...held.state.pending.moved, ...absent.removals },
    meta: {
      loaded: true,
      pending: covered.length < held.state.pending.open.length,
      ...(startMarked > 0 ? { applied: startMarked } : {}),
      ...(watermark === undefined ? {} : { watermark }),
    },
  });
  if (applied.outcome !== 'applied') return release(context, held);
  const ledger = addLedgers(checkpoint.ledger, applied.ledger);
  const end = { complete: true, heldDeletions: absent.held };
  const step = await endRun(
    context,
    held,
    { run, task: 'full', ledger, end, startedMs },
    {
      full: null,
      forceDone: run,
      loaded: true,
      cached: true,
      rebuild: false,
      applied: covered,
      movedDone: Object.keys(held.state.pending.moved),
      scanOrder: absent.order,
      count: applied.count,
      ...(watermark === undefined ? {} : { watermark }),
    },
  );
  await recordEnd(context, held, checkpoint, ledger, absent.held);
  await context.cache.forgetScan(held.key, run);
  return step;
}

async function recordEnd(
  context: StreamContext,
  held: Held,
  checkpoint: FullCheckpoint,
  ledger: FullCheckpoint['ledger'],
  heldDeletions: number,
): Promise<void> {
  const outcome = outcomeOf(ledger, { complete: true, heldDeletions });
  await recordRun(context, checkpoint.run, runBase(held), { state: 'ended', outcome, ledger, heldDeletions });
}

function runBase(held: Held) {
  const trigger = held.state.force === undefined ? 'repair' : 'force';
  return { task: 'full', trigger, partition: held.key.partition } as const;
}
