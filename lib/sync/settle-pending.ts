import type { Instant } from '../domain/instant.ts';
import { addLedgers, EMPTY_LEDGER } from '../domain/ledger.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { Held, PartitionChange } from '../ports/partition-store.ts';
import { applyWindow, watermarkAfter } from './apply-window.ts';
import { type EndedRun, endRun, type StepEnd } from './end-run.ts';
import { newRunId } from './new-run-id.ts';
import { isLoaded } from './partition-loaded.ts';
import { reportLost } from './report-lost.ts';
import type { StreamContext } from './sync-context.ts';

/**
 * Settles what the item says is pending: removes records that were found elsewhere, and re-reads the window since the
 * watermark before the first open delta. The window is read under the lease, so after every delta open in the held
 * state: it covers them all.
 */
export async function settlePending(context: StreamContext, held: Held): Promise<StepEnd> {
  const { pending } = held.state;
  const rereads = pending.since !== undefined || pending.open.length > 0;
  if (!rereads) return readWindow(context, held, undefined, { settled: true });
  const since = await beginningOf(context, held.state);
  if (since === undefined) return rebuildInstead(context, held);
  return readWindow(context, held, since, { settled: true });
}

/**
 * Where the window begins. Before the first walk is complete nobody has read what lies between a partition's own
 * watermark and its stream's.
 */
async function beginningOf(
  context: StreamContext,
  { pending, watermark }: PartitionState,
): Promise<Instant | undefined> {
  if (pending.since === undefined || watermark === undefined) return pending.since ?? watermark;
  if (watermark >= pending.since) return pending.since;
  const connection = context.connection.connection.id;
  const stream = await context.streams.read({ connection, stream: context.stream.name });
  return stream?.loaded ? pending.since : watermark;
}

/** Reads what changed since the partition's own watermark, or its stream's where a walk alone has read it so far. */
export async function readDue(context: StreamContext, held: Held): Promise<StepEnd> {
  const { watermark, loaded } = held.state;
  if (context.stream.coverage === 'partition') {
    return loaded && watermark !== undefined ? readWindow(context, held, watermark, {}) : rebuildInstead(context, held);
  }
  const { connection, stream } = held.key;
  return readWindow(context, held, watermark ?? (await context.streams.read({ connection, stream }))?.watermark, {});
}

/**
 * Makes an empty partition visible to readers, and removes what moved away. One that is asked by itself is read as a whole
 * at once: its first read waits for no schedule.
 */
export async function createPartition(context: StreamContext, held: Held): Promise<StepEnd> {
  const isAskedByItself = context.stream.coverage === 'partition' && !held.state.loaded;
  return isAskedByItself ? rebuildInstead(context, held) : readWindow(context, held, undefined, {});
}

async function readWindow(
  context: StreamContext,
  held: Held,
  since: Instant | undefined,
  change: PartitionChange,
): Promise<StepEnd> {
  const startedMs = context.clock.monotonicMs();
  const loaded = await isLoaded(context, held.state);
  const before = context.source.calls;
  const progress = await applyWindow(context, held, since, loaded);
  const ledger = addLedgers(progress.ledger, { calls: context.source.calls - before });
  const ended = { run: newRunId(context), task: 'window' as const, ledger, startedMs };
  if (progress.stopped === 'lost') return reportLost(context, held, ended);
  if (progress.stopped === 'fenced') return endRun(context, held, stopped(ended, 'fenced'), {});
  // A window too long for one slice is read as a whole instead: that has checkpoints.
  if (progress.tooLong) return endRun(context, held, stopped(ended, 'error'), { rebuild: true, cached: true });
  return endRun(
    context,
    held,
    { ...ended, end: { complete: true, heldDeletions: 0 } },
    {
      ...change,
      ...watermarkAfter(context, held.state, progress.startedAt, loaded),
      movedDone: Object.keys(held.state.pending.moved),
      cached: true,
      count: progress.count,
      ...(loaded ? { loaded: true } : {}),
    },
  );
}

function rebuildInstead(context: StreamContext, held: Held): Promise<StepEnd> {
  const ended = {
    run: newRunId(context),
    task: 'window' as const,
    ledger: EMPTY_LEDGER,
    startedMs: context.clock.monotonicMs(),
  };
  return endRun(context, held, { ...ended, end: { complete: true, heldDeletions: 0 } }, { rebuild: true });
}

function stopped(ended: Omit<EndedRun, 'end'>, stoppedBy: 'fenced' | 'error'): EndedRun {
  return { ...ended, end: { complete: false, heldDeletions: 0, stoppedBy } };
}
