import { splitByPartition } from '../domain/fan-out.ts';
import { plusMs } from '../domain/instant.ts';
import { addLedgers, EMPTY_LEDGER, type Ledger, outcomeOf } from '../domain/ledger.ts';
import { partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import { type FullCheckpoint, isPending, type PartitionState } from '../domain/partition.ts';
import type { SourceRecord } from '../domain/record.ts';
import { promote } from '../domain/window.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { applyRecords } from './apply-records.ts';
import { endRun, recordRun, reportRecords, type StepEnd } from './end-run.ts';
import { inParallel } from './in-parallel.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { beginFull, nextCheckpoint } from './read-full.ts';
import { readPage } from './read-page.ts';
import { release } from './release.ts';
import type { StreamContext } from './sync-context.ts';
import { type Leased, withLease } from './with-lease.ts';

/** Partitions of one page, or of one listing, that are worked on at once. */
const PARTITIONS_AT_ONCE = 8;

/**
 * One step of reading a whole stream, split by partition: one page, whose records are written under each partition's
 * own lease, or, after the last page, one listing of partitions that are declared loaded. The walk's own item (`*`)
 * holds its lease and its checkpoint. Deltas go on meanwhile: newer wins, whoever comes first.
 */
export async function walkStream(context: StreamContext, held: Held): Promise<StepEnd> {
  const checkpoint = walkCheckpoint(context, held.state);
  // A message about a walk that has ended asks for nothing.
  if (checkpoint === undefined) return release(context, held);
  return checkpoint.phase === 'read' ? walkPage(context, held, checkpoint) : settleWalk(context, held, checkpoint);
}

/**
 * Where the walk stands. A rebuild asked for since it began means that the cache lost what it has written: it begins
 * again.
 */
function walkCheckpoint(context: StreamContext, state: PartitionState): FullCheckpoint | undefined {
  const { full, force, pending } = state;
  if (full === undefined) return force === undefined && !pending.rebuild ? undefined : beginFull(context, state);
  return pending.rebuild ? { ...beginFull(context, state), run: full.run } : full;
}

async function walkPage(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const page = await readPage(context, { stream: context.stream.name }, checkpoint.cursor);
  const stream = { connection: held.key.connection, stream: held.key.stream };
  if (checkpoint.startedAt === undefined) {
    await context.streams.beginFrom(stream, plusMs(page.servedAt, -context.connection.rules.settleMs));
  }
  await quarantineRejected(context, page.rejected);
  const groups = [...splitByPartition(page.records)];
  const ledgers = await inParallel(groups, PARTITIONS_AT_ONCE, ([partition, records]) =>
    writeGroup(context, held, partition, records, page),
  );
  const full = nextCheckpoint(checkpoint, page, ledgers.reduce<Ledger>(addLedgers, EMPTY_LEDGER));
  // Its first page answers every rebuild asked for before.
  const begins = checkpoint.startedAt === undefined ? { rebuild: false } : {};
  const committed = await context.partitions.commit(held, { full, ...begins });
  if (committed.outcome === 'fenced') return 'done';
  await recordRun(context, full.run, runBase(held), { state: 'running', ledger: full.ledger });
  context.telemetry.log('info', 'walk page written', { ...stream, run: full.run, ...full.ledger });
  return 'more';
}

async function writeGroup(
  context: StreamContext,
  walk: Held,
  partition: string,
  records: readonly SourceRecord[],
  page: SourcePage,
): Promise<Partial<Ledger>> {
  const key = partitionKey(walk.key, partition);
  const leased: Leased<Partial<Ledger> | undefined> = await withLease(context, key, async (held) => {
    const applied = await applyRecords(context, held, {
      records,
      order: page.order,
      create: true,
      verify: held.state.cached,
      meta: { loaded: held.state.loaded, pending: isPending(held.state.pending) },
    });
    if (applied.outcome !== 'applied') {
      await release(context, held);
      return undefined;
    }
    const { added = 0, updated = 0 } = applied.ledger;
    const committed = await context.partitions.commit(held, {
      cached: true,
      count: applied.count,
      totals: { added, updated },
    });
    reportRecords(context.telemetry, { connection: key.connection, stream: key.stream }, applied.ledger);
    return committed.outcome === 'committed' ? applied.ledger : undefined;
  });
  if (leased.outcome === 'held' && leased.value !== undefined) return leased.value;
  // Somebody else writes this partition now. It is remembered durably and read by itself, and the walk goes on.
  await context.partitions.markRebuild(key);
  return { seen: records.length, deferred: records.length };
}

async function settleWalk(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const startedMs = context.clock.monotonicMs();
  const stream = { connection: held.key.connection, stream: held.key.stream };
  const listing = await context.partitions.list(stream, checkpoint.cursor);
  const partitions = listing.partitions.filter(({ id }) => id !== WHOLE_STREAM);
  await inParallel(partitions, PARTITIONS_AT_ONCE, ({ id }) => declareLoaded(context, held, id, checkpoint));
  if (listing.next !== undefined) {
    const committed = await context.partitions.commit(held, { full: { ...checkpoint, cursor: listing.next } });
    return committed.outcome === 'fenced' ? 'done' : 'more';
  }
  await context.streams.markLoaded(stream);
  const { run, ledger } = checkpoint;
  const end = { complete: true, heldDeletions: 0 };
  const step = await endRun(
    context,
    held,
    { run, task: 'walk', ledger, end, startedMs },
    {
      full: null,
      forceDone: run,
      loaded: true,
    },
  );
  await recordRun(context, run, runBase(held), { state: 'ended', outcome: outcomeOf(ledger, end), ledger });
  return step;
}

/** After a complete walk a partition's past is in the cache, unless it is to be read by itself anyway. */
async function declareLoaded(
  context: StreamContext,
  walk: Held,
  partition: string,
  checkpoint: FullCheckpoint,
): Promise<void> {
  const key = partitionKey(walk.key, partition);
  const { startedAt } = checkpoint;
  const leased = await withLease(context, key, async (held) => {
    const { state } = held;
    const watermark =
      startedAt === undefined ? undefined : promote(state.watermark, startedAt, context.connection.rules);
    const covered = watermark === undefined || state.pending.rebuild ? {} : { watermark };
    const loaded = state.loaded || !state.pending.rebuild;
    const applied = await applyRecords(context, held, {
      records: [],
      order: checkpoint.lastOrder ?? 0,
      create: true,
      meta: { loaded, pending: state.pending.open.length > 0 || state.pending.rebuild, ...covered },
    });
    if (applied.outcome !== 'applied') {
      await release(context, held);
      return false;
    }
    const declared = loaded ? { loaded } : {};
    await context.partitions.commit(held, { cached: true, count: applied.count, ...declared, ...covered });
    return true;
  });
  if (leased.outcome === 'busy' || !leased.value) await context.partitions.markRebuild(key);
}

function runBase(held: Held) {
  const trigger = held.state.loaded ? 'force' : 'first-load';
  return { task: 'walk', trigger, partition: WHOLE_STREAM } as const;
}
