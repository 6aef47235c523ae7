import { addLedgers, type Ledger, outcomeOf } from '../domain/ledger.ts';
import { partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import { type FullCheckpoint, isPending, scanName } from '../domain/partition.ts';
import { promote } from '../domain/window.ts';
import type { Held } from '../ports/partition-store.ts';
import { applyRecords } from './apply-records.ts';
import { endRun, recordRun, reportRecords, type StepEnd } from './end-run.ts';
import { type Absent, findAbsent } from './find-absent.ts';
import { scanOf, settlesPast } from './finish-full.ts';
import { divideMoved, forgottenIn } from './forgotten-among.ts';
import { progressOf } from './full-run.ts';
import { inParallel } from './in-parallel.ts';
import { newRunId } from './new-run-id.ts';
import { closePlans } from './pass-brake.ts';
import { release } from './release.ts';
import { hasTimeLeft, type StreamContext } from './sync-context.ts';
import { withLease } from './with-lease.ts';

/** Partitions that are settled at once. */
const PARTITIONS_AT_ONCE = 8;

/**
 * After a walk's last page, partition by partition: what the walk did not see leaves (I6), and the partition's past
 * counts as read. A partition that somebody else writes is to be read by itself instead.
 */
export async function settleWalk(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const startedMs = context.clock.monotonicMs();
  let counted = context.source.calls;
  const stream = { connection: held.key.connection, stream: held.key.stream };
  const { partitions, next } = await context.partitions.list(stream, checkpoint.cursor);
  let settled: SettledWalk = { ledger: checkpoint.ledger, heldDeletions: 0 };
  for (let from = 0; from < partitions.length; from += PARTITIONS_AT_ONCE) {
    const group = partitions.slice(from, from + PARTITIONS_AT_ONCE);
    const ends = await inParallel(group, PARTITIONS_AT_ONCE, ({ id }) =>
      settlePartition(context, held, id, checkpoint),
    );
    const made = context.source.calls;
    const called = { ...settled, ledger: addLedgers(settled.ledger, { calls: made - counted }) };
    counted = made;
    settled = ends.reduce(addSettled, called);
    const last = group.at(-1)?.id;
    if (from + PARTITIONS_AT_ONCE < partitions.length && last !== undefined && !hasTimeLeft(context.slice)) {
      return goOn(context, held, checkpoint, settled, last);
    }
  }
  if (next !== undefined) return goOn(context, held, checkpoint, settled, next);
  await context.streams.markLoaded(stream);
  return endWalk(context, held, checkpoint, settled, startedMs);
}

interface SettledWalk {
  readonly ledger: Ledger;
  readonly heldDeletions: number;
}

function addSettled(a: SettledWalk, b: SettledPartition): SettledWalk {
  return { ledger: addLedgers(a.ledger, b.ledger), heldDeletions: a.heldDeletions + b.held };
}

async function goOn(
  context: StreamContext,
  held: Held,
  checkpoint: FullCheckpoint,
  { ledger, heldDeletions }: SettledWalk,
  cursor: string,
): Promise<StepEnd> {
  const full = { ...checkpoint, cursor, ledger, heldDeletions: (checkpoint.heldDeletions ?? 0) + heldDeletions };
  const committed = await context.partitions.commit(held, { full });
  return committed.outcome === 'fenced' ? 'done' : 'more';
}

async function endWalk(
  context: StreamContext,
  held: Held,
  checkpoint: FullCheckpoint,
  settled: SettledWalk,
  startedMs: number,
): Promise<StepEnd> {
  const { run, heldDeletions = 0 } = checkpoint;
  const { ledger } = settled;
  const end = { complete: true, heldDeletions: heldDeletions + settled.heldDeletions };
  const outcome = outcomeOf(ledger, end);
  // Before the commit, as for a full.
  await recordRun(context, run, walkBase(held), {
    state: 'ended',
    outcome,
    ledger,
    ...progressOf(checkpoint),
    heldDeletions: end.heldDeletions,
  });
  return endRun(
    context,
    held,
    { run, task: 'walk', ledger, end, startedMs },
    { full: null, loaded: true, rebuild: false },
  );
}

interface SettledPartition {
  readonly ledger: Partial<Ledger>;
  readonly held: number;
}

const NOTHING_SETTLED: SettledPartition = { ledger: {}, held: 0 };

async function settlePartition(
  context: StreamContext,
  walk: Held,
  partition: string,
  checkpoint: FullCheckpoint,
): Promise<SettledPartition> {
  const key = partitionKey(walk.key, partition);
  const leased = await withLease(context, key, (held) => declareLoaded(context, held, checkpoint));
  if (leased.outcome === 'held' && leased.value !== undefined) return leased.value;
  await context.partitions.markRebuild(key);
  return NOTHING_SETTLED;
}

/** @returns `undefined` when the partition could not be written */
async function declareLoaded(
  context: StreamContext,
  held: Held,
  checkpoint: FullCheckpoint,
): Promise<SettledPartition | undefined> {
  const { state } = held;
  const { startedAt } = checkpoint;
  // It is to be read by itself anyway, which says more than this walk can.
  const incomplete = state.pending.rebuild;
  // And what was never complete has nothing that could be missed: a first load need not look for it.
  const absent =
    incomplete || !state.loaded
      ? undefined
      : await findAbsent(context, held, scanOf(checkpoint), await divideMoved(context, held));
  if (absent?.more) {
    await release(context, held);
    return undefined;
  }
  const watermark = startedAt === undefined ? undefined : promote(state.watermark, startedAt, context.stream.rules);
  const heard = absent === undefined || settlesPast(state, absent);
  const covered = watermark === undefined || incomplete || !heard ? {} : { watermark };
  const loaded = state.loaded || !incomplete;
  const applied = await applyRecords(context, held, {
    records: absent?.missed ?? [],
    order: absent?.order ?? checkpoint.lastOrder ?? 0,
    asOf: absent?.asOf,
    path: 'walk',
    create: true,
    ...(absent === undefined ? {} : { removals: absent.removals }),
    // The cache may have been lost and written anew by this walk before anybody noticed.
    forgotten: await forgottenIn(context, held.key),
    meta: { loaded, pending: isPending(state.pending), ...covered },
  });
  if (applied.outcome !== 'applied') {
    await release(context, held);
    return undefined;
  }
  const { added = 0, updated = 0, removed = 0 } = applied.ledger;
  if (absent !== undefined) await tidy(context, held, checkpoint, absent);
  if (absent?.unknown && state.count > 0) await readByItself(context, held);
  await context.partitions.commit(held, {
    cached: true,
    count: applied.count,
    ...(loaded ? { loaded } : {}),
    ...covered,
    ...(absent === undefined ? {} : { scanOrder: absent.lastOrder }),
    totals: { added, updated, removed },
  });
  reportRecords(context.telemetry, { connection: held.key.connection, stream: held.key.stream }, applied.ledger);
  return { ledger: applied.ledger, held: absent?.held ?? 0 };
}

/** The walk saw nothing of it: emptied at the source, or the memory of the walk was lost. Its own full tells which. */
async function readByItself(context: StreamContext, { key }: Held): Promise<void> {
  const { run } = await context.partitions.requestForce(key, newRunId(context));
  await context.queue.send([{ task: { ...key, task: 'full', run }, lane: 'scheduled' }]);
}

async function tidy(context: StreamContext, held: Held, checkpoint: FullCheckpoint, absent: Absent): Promise<void> {
  if (!held.state.cached) return;
  if (absent.held === 0 && absent.unknown === undefined) await closePlans(context, held.key, undefined);
  await context.cache.forgetScan(held.key, scanName(checkpoint));
}

export function walkBase(held: Held) {
  const trigger = held.state.loaded ? 'force' : 'first-load';
  return { task: 'walk', trigger, partition: WHOLE_STREAM } as const;
}
