import { type Changes, splitByPartition } from '../domain/fan-out.ts';
import type { Instant } from '../domain/instant.ts';
import { addLedgers, EMPTY_LEDGER, type Ledger } from '../domain/ledger.ts';
import { partitionKey } from '../domain/names.ts';
import { type FullCheckpoint, isPending, scanName } from '../domain/partition.ts';
import type { SourceRecord } from '../domain/record.ts';
import type { Held } from '../ports/partition-store.ts';
import type { SourcePage } from '../ports/source.ts';
import { applyRecords } from './apply-records.ts';
import { beginStream } from './begin-stream.ts';
import { recordRun, reportRecords, type StepEnd } from './end-run.ts';
import { forgottenAmong } from './forgotten-among.ts';
import { progressOf } from './full-run.ts';
import { inParallel } from './in-parallel.ts';
import { leftRecords, mayComeLater } from './left-records.ts';
import { tellLoaded } from './partition-loaded.ts';
import { quarantineRejected } from './quarantine-records.ts';
import { fullCheckpoint, nextCheckpoint } from './read-full.ts';
import { readPage } from './read-page.ts';
import { release } from './release.ts';
import { settleWalk, walkBase } from './settle-walk.ts';
import type { StreamContext } from './sync-context.ts';
import { type Leased, withLease } from './with-lease.ts';

/** Partitions of one page that are written at once. */
const PARTITIONS_AT_ONCE = 8;

/**
 * One step of reading a whole stream, split by partition: one page, whose records are written under each partition's
 * own lease, or, after the last page, one listing of partitions that are declared loaded. The walk's own item (`*`)
 * holds its lease and its checkpoint. Deltas go on meanwhile: newer wins, whoever comes first.
 */
export async function walkStream(context: StreamContext, held: Held): Promise<StepEnd> {
  const { full, force, pending } = held.state;
  // A message about a walk that has ended asks for nothing.
  if (full === undefined && force === undefined && !pending.rebuild) return release(context, held);
  const checkpoint = fullCheckpoint(context, held.state);
  return checkpoint.phase === 'finish' ? settleWalk(context, held, checkpoint) : walkPage(context, held, checkpoint);
}

async function walkPage(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const before = context.source.calls;
  const page = await readPage(context, { stream: context.stream.name }, checkpoint.cursor);
  const stream = { connection: held.key.connection, stream: held.key.stream };
  // A stream without the planner's deltas has no watermark of its own.
  if (checkpoint.startedAt === undefined && context.stream.coverage === 'stream') {
    await beginStream(context, stream, page.servedAt);
  }
  await quarantineRejected(context, page.rejected);
  const forgotten = await forgottenAmong(context, page.records);
  const groups = [...splitByPartition({ records: page.records, removed: page.removed ?? [] })];
  const asOf = checkpoint.startedAt ?? page.servedAt;
  const ledgers = await inParallel(groups, PARTITIONS_AT_ONCE, ([partition, changes]) =>
    writeGroup(context, { walk: held, scan: scanName(checkpoint), page, asOf, forgotten }, partition, changes),
  );
  const written = ledgers.reduce<Ledger>(addLedgers, EMPTY_LEDGER);
  const calls = context.source.calls - before;
  const full = nextCheckpoint(checkpoint, page, { ...written, calls });
  // Its first page uses up the force: who asks from now on wants a walk that begins later.
  const committed = await context.partitions.commit(held, { full, forceDone: full.run, failures: 0 });
  if (committed.outcome === 'fenced') return 'done';
  await recordRun(context, full.run, walkBase(held), { state: 'running', ledger: full.ledger, ...progressOf(full) });
  context.telemetry.log('info', 'walk page written', { ...stream, run: full.run, ...full.progress, ...full.ledger });
  return 'more';
}

interface WalkPage {
  readonly walk: Held;
  readonly scan: string;
  readonly page: SourcePage;
  readonly asOf: Instant;
  readonly forgotten: Readonly<Record<string, string>>;
}

async function writeGroup(
  context: StreamContext,
  { walk, scan, page, asOf, forgotten }: WalkPage,
  partition: string,
  { records, removed }: Changes,
): Promise<Partial<Ledger>> {
  const key = partitionKey(walk.key, partition);
  // Where nothing was ever written, nothing can leave.
  if (records.length === 0 && (await context.partitions.read(key))?.cached !== true) return {};
  const leased: Leased<Partial<Ledger> | undefined> = await withLease(context, key, async (held) => {
    const read = { order: page.order, asOf };
    const underWay = held.state.pending.open.length > 0;
    const mayFollow = mayComeLater(context, page, asOf);
    const applied = await applyRecords(context, held, {
      ...read,
      records,
      left: leftRecords({
        ...read,
        removed,
        servedAt: page.servedAt,
        mayFollow: (left) => underWay || mayFollow(left),
      }),
      path: 'walk',
      create: true,
      verify: held.state.cached,
      // What was never complete in the cache is not looked for when the walk is over.
      ...(held.state.loaded ? { scan } : {}),
      forgotten: ownForgotten(forgotten, records),
      // Where the cache was lost, a partition is only whole again when the walk is over.
      meta: {
        loaded: walk.state.pending.rebuild ? false : tellLoaded(held.state, held.state.loaded),
        pending: isPending(held.state.pending),
      },
    });
    if (applied.outcome !== 'applied') {
      await release(context, held);
      return undefined;
    }
    const { added = 0, updated = 0, removed: gone = 0 } = applied.ledger;
    const committed = await context.partitions.commit(held, {
      cached: true,
      count: applied.count,
      totals: { added, updated, removed: gone },
    });
    reportRecords(context.telemetry, { connection: key.connection, stream: key.stream }, applied.ledger);
    return committed.outcome === 'committed' ? applied.ledger : undefined;
  });
  if (leased.outcome === 'held' && leased.value !== undefined) return leased.value;
  // Somebody else writes this partition now. It is remembered durably and read by itself, and the walk goes on.
  await context.partitions.markRebuild(key);
  return { seen: records.length, deferred: records.length };
}

function ownForgotten(
  forgotten: Readonly<Record<string, string>>,
  records: readonly SourceRecord[],
): Readonly<Record<string, string>> {
  const own = new Set(records.map(({ id }) => id));
  return Object.fromEntries(Object.entries(forgotten).filter(([record]) => own.has(record)));
}
