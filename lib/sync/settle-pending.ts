import type { Instant } from '../domain/instant.ts';
import { addLedgers, EMPTY_LEDGER, type Ledger } from '../domain/ledger.ts';
import type { PartitionState } from '../domain/partition.ts';
import { lowerBound, promote } from '../domain/window.ts';
import type { Held, PartitionChange } from '../ports/partition-store.ts';
import { type Applied, applyRecords } from './apply-records.ts';
import { type EndedRun, endRun, type StepEnd } from './end-run.ts';
import { divideMoved } from './forgotten-among.ts';
import { leftRecords, newsUnderWay } from './left-records.ts';
import { newRunId } from './new-run-id.ts';
import { requireSamePartition } from './own-records.ts';
import { isLoaded, tellLoaded } from './partition-loaded.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { readPage } from './read-page.ts';
import { reportLost } from './report-lost.ts';
import { hasTimeLeft, type StreamContext } from './sync-context.ts';

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

/** Makes an empty partition visible to readers, and removes what moved away. */
export async function createPartition(context: StreamContext, held: Held): Promise<StepEnd> {
  return readWindow(context, held, undefined, {});
}

interface WindowProgress {
  readonly ledger: Ledger;
  readonly count: number;
  readonly stopped?: Extract<Applied['outcome'], 'fenced' | 'lost'>;
  readonly startedAt?: Instant;
  /** Whether the slice ended before the window did. */
  readonly tooLong: boolean;
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

async function applyWindow(
  context: StreamContext,
  held: Held,
  since: Instant | undefined,
  loaded: boolean,
): Promise<WindowProgress> {
  // A delta may have been read before this window, and be marked only after it.
  const { coverage } = context.stream;
  let progress: WindowProgress = { ledger: EMPTY_LEDGER, count: held.state.count, tooLong: false };
  let leaving: Awaited<ReturnType<typeof divideMoved>> | undefined = await divideMoved(
    context,
    held.state.pending.moved,
  );
  let cursor: string | undefined;
  do {
    const page = since === undefined ? undefined : await readWindowPage(context, held, since, cursor);
    const startedAt = progress.startedAt ?? page?.servedAt;
    const watermark = watermarkAfter(context, held.state, startedAt, loaded).watermark ?? held.state.watermark;
    const last = page?.next === undefined;
    const read = { order: page?.order ?? held.state.scanOrder, asOf: startedAt };
    const mayFollow = !last || (await newsUnderWay(context, held, page?.removed));
    const applied = await applyRecords(context, held, {
      ...read,
      records: page?.records ?? [],
      left: leftRecords({ ...read, removed: page?.removed, mayFollow: () => mayFollow || coverage === 'stream' }),
      path: 'window',
      verify: context.stream.rules.detectDiscrepancies,
      ...leaving,
      meta: {
        loaded: tellLoaded(held.state, loaded),
        pending: !last,
        ...(held.state.pending.marked > 0 && last ? { applied: held.state.pending.marked } : {}),
        ...(last && watermark !== undefined ? { watermark } : {}),
      },
    });
    const ledger = addLedgers(progress.ledger, { ...applied.ledger, pages: page === undefined ? 0 : 1 });
    if (applied.outcome !== 'applied') return { ...progress, ledger, stopped: applied.outcome };
    const rejected = page?.rejected.length ?? 0;
    progress = {
      ledger: addLedgers(ledger, { seen: rejected, quarantined: rejected }),
      count: applied.count,
      tooLong: !last && !hasTimeLeft(context.slice),
      ...(startedAt === undefined ? {} : { startedAt }),
    };
    leaving = undefined;
    cursor = page?.next;
  } while (cursor !== undefined && !progress.tooLong);
  return progress;
}

async function readWindowPage(context: StreamContext, held: Held, since: Instant, cursor: string | undefined) {
  const query = {
    stream: context.stream.name,
    partition: held.key.partition,
    since: lowerBound(since, context.stream.rules),
  };
  const page = await readPage(context, query, cursor);
  requireSamePartition(page, held.key.partition);
  await quarantineRejected(context, page.rejected);
  return page;
}

/** A window says nothing about the past before it: only a loaded partition's own watermark moves. */
function watermarkAfter(
  context: StreamContext,
  state: PartitionState,
  startedAt: Instant | undefined,
  loaded: boolean,
): { readonly watermark?: Instant } {
  if (startedAt === undefined || !loaded) return {};
  return { watermark: promote(state.watermark, startedAt, context.stream.rules) };
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
