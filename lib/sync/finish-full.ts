import { EPOCH, laterOf } from '../domain/instant.ts';
import { addLedgers, outcomeOf } from '../domain/ledger.ts';
import { type FullCheckpoint, type PartitionState, scanName } from '../domain/partition.ts';
import { promote } from '../domain/window.ts';
import type { Held, PartitionChange } from '../ports/partition-store.ts';
import { applyRecords } from './apply-records.ts';
import { endRun, recordRun, type StepEnd } from './end-run.ts';
import { type Absent, type CompleteScan, findAbsent } from './find-absent.ts';
import { divideMoved, forgottenIn, readIncluded } from './forgotten-among.ts';
import { fullRun, progressOf } from './full-run.ts';
import { tellLoaded } from './partition-loaded.ts';
import { closePlans } from './pass-brake.ts';
import { release } from './release.ts';
import { layoutToBuild } from './switch-layout.ts';
import type { StreamContext } from './sync-context.ts';

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

/**
 * After a partition's last page: removes what the scan did not see and the source does not know, and declares the rest whole.
 */
export async function finishFull(context: StreamContext, held: Held, read: FullCheckpoint): Promise<StepEnd> {
  const { run, startedAt, startMarked = 0, wish, news } = read;
  const startedMs = context.clock.monotonicMs();
  const before = context.source.calls;
  const moved = await divideMoved(context, held);
  const absent = await findAbsent(context, held, scanOf(read), moved);
  const checkpoint = { ...read, ledger: addLedgers(read.ledger, { calls: context.source.calls - before }) };
  if (absent.more) return removeSome(context, held, checkpoint, absent);
  const settles = settlesPast(held.state, absent);
  const covered = settles ? held.state.pending.open.filter((delta) => delta <= startMarked) : [];
  const watermark =
    startedAt === undefined || !settles
      ? held.state.watermark
      : laterOf(promote(held.state.watermark, startedAt, context.stream.rules), news?.upTo ?? EPOCH);
  const applied = await applyRecords(context, held, {
    records: absent.missed,
    order: absent.order,
    asOf: absent.asOf,
    path: 'full',
    create: true,
    // What is newer here than where it had moved to is gone by what the scan says.
    removals: { ...moved.removals, ...absent.removals },
    // The cache may have been lost and written anew by this full before anybody noticed.
    forgotten: { ...(await forgottenIn(context, held.key)), ...moved.forgotten },
    included: moved.included,
    meta: {
      loaded: true,
      pending: covered.length < held.state.pending.open.length,
      ...(startMarked > 0 && settles ? { applied: startMarked } : {}),
      ...(watermark === undefined ? {} : { watermark }),
    },
  });
  if (applied.outcome !== 'applied') return release(context, held);
  await readIncluded(context, held.key, moved.included);
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
