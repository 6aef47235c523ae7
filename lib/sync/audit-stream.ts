import { addDrift, NO_DRIFT, totalDrift } from '../domain/drift.ts';
import { addLedgers, EMPTY_LEDGER, outcomeOf } from '../domain/ledger.ts';
import { auditedPartition, auditItem, type PartitionKey, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { FullCheckpoint, PartitionState } from '../domain/partition.ts';
import type { Held } from '../ports/partition-store.ts';
import type { VersionPage } from '../ports/source.ts';
import { auditInside, auditVersions, type Finding, type PartitionAudit } from './audit-partition.ts';
import { endRun, recordRun, type StepEnd } from './end-run.ts';
import { inParallel } from './in-parallel.ts';
import { newRunId } from './new-run-id.ts';
import { planOrphans } from './plan-orphans.ts';
import { sweepPage } from './read-page.ts';
import { release } from './release.ts';
import { hasTimeLeft, type StreamContext } from './sync-context.ts';

/** Partitions of one page of a sweep that are looked up at once. */
const LOOKED_UP_AT_ONCE = 16;

/**
 * One step of comparing the cache with the source: first partition by partition whether what the cache holds fits
 * together, then a sweep of ids and modified times over the source, a page a step, then partition by partition whether
 * it holds what the sweep saw. The audit's own item holds its lease and its checkpoint, so that it neither waits for
 * those who write nor keeps them waiting.
 */
export async function auditStream(context: StreamContext, held: Held): Promise<StepEnd> {
  const { full, force } = held.state;
  // A message about an audit that has ended asks for nothing.
  if (full === undefined && force === undefined) return release(context, held);
  const checkpoint = full ?? beginAudit(context, held.state);
  const partition = auditedPartition(held.key.partition) ?? WHOLE_STREAM;
  if (partition === WHOLE_STREAM && context.stream.coverage === 'partition') return divide(context, held, checkpoint);
  switch (checkpoint.phase) {
    case 'inside':
      return eachPartition(context, held, checkpoint, auditInside, { phase: 'read' });
    case 'read':
      return sweep(context, held, checkpoint, partition);
    case 'copy':
    case 'switch':
    case 'finish':
      return eachPartition(context, held, checkpoint, auditVersions, 'end');
  }
}

function beginAudit(context: StreamContext, { force }: PartitionState): FullCheckpoint {
  const wish = force?.wish;
  return {
    run: force?.run ?? newRunId(context),
    ledger: EMPTY_LEDGER,
    phase: 'inside',
    ...(wish === undefined ? {} : { wish }),
  };
}

async function sweep(
  context: StreamContext,
  held: Held,
  checkpoint: FullCheckpoint,
  partition: string,
): Promise<StepEnd> {
  const scope = partition === WHOLE_STREAM ? {} : { partition };
  const before = context.source.calls;
  const page = await sweepPage(context, { stream: held.key.stream, ...scope }, checkpoint.cursor);
  const { pages } = checkpoint.ledger;
  const versions = page.versions.map(({ id, ...version }) => ({ record: id, ...version }));
  await context.cache.rememberSwept(held.key, checkpoint.run, pages, versions);
  if (partition === WHOLE_STREAM) await makeKnown(context, held.key, page);
  const { cursor: _passed, ...rest } = checkpoint;
  return goOn(context, held, {
    ...rest,
    startOrder: checkpoint.startOrder ?? page.order,
    startedAt: checkpoint.startedAt ?? page.servedAt,
    lastOrder: page.order,
    ledger: addLedgers(checkpoint.ledger, { pages: 1, calls: context.source.calls - before }),
    ...(page.next === undefined ? { phase: 'finish' } : { cursor: page.next }),
  });
}

/** A partition that nobody has heard of is missing as a whole: with an item of its own it is compared like any other. */
async function makeKnown(context: StreamContext, key: PartitionKey, page: VersionPage): Promise<void> {
  const seen = [...new Set(page.versions.map(({ partition }) => partition))];
  await inParallel(seen, LOOKED_UP_AT_ONCE, async (id) => {
    const partition = partitionKey(key, id);
    const { created } = await context.partitions.discover(partition, undefined);
    if (!created) return;
    await context.partitions.markRebuild(partition);
    await context.queue.send([{ task: { ...partition, task: 'window', reason: 'pending' }, lane: 'scheduled' }]);
  });
}

/** Looks at partitions, in the order of their ids, as long as the slice lasts. */
async function eachPartition(
  context: StreamContext,
  held: Held,
  begun: FullCheckpoint,
  look: (context: StreamContext, audit: PartitionAudit) => Promise<Finding | undefined>,
  then: Pick<FullCheckpoint, 'phase'> | 'end',
): Promise<StepEnd> {
  let checkpoint = begun;
  const { states, next } = await partitionsOf(context, held, checkpoint.cursor);
  for (const [index, state] of states.entries()) {
    const before = context.source.calls;
    const found = await look(context, { key: partitionKey(held.key, state.id), state, checkpoint });
    if (found === undefined) return startSweepAgain(context, held, checkpoint);
    const ledger = { ...found.ledger, calls: context.source.calls - before };
    checkpoint = addFinding(checkpoint, { ...found, ledger });
    if (index + 1 < states.length && !hasTimeLeft(context.slice)) {
      return goOn(context, held, { ...checkpoint, cursor: state.id });
    }
  }
  if (next !== undefined) return goOn(context, held, { ...checkpoint, cursor: next });
  const { cursor: _passed, ...rest } = checkpoint;
  return then === 'end' ? endAudit(context, held, rest) : goOn(context, held, { ...rest, ...then });
}

async function partitionsOf(
  context: StreamContext,
  { key }: Held,
  cursor: string | undefined,
): Promise<{ readonly states: readonly PartitionState[]; readonly next?: string }> {
  const partition = auditedPartition(key.partition) ?? WHOLE_STREAM;
  if (partition === WHOLE_STREAM) {
    const { partitions, next } = await context.partitions.list(key, cursor);
    return { states: partitions, ...(next === undefined ? {} : { next }) };
  }
  const state = await context.partitions.read(partitionKey(key, partition));
  return { states: state === undefined ? [] : [state] };
}

function addFinding(checkpoint: FullCheckpoint, { counts, ledger, heldDeletions }: Finding): FullCheckpoint {
  return {
    ...checkpoint,
    ledger: addLedgers(checkpoint.ledger, ledger),
    drift: addDrift(checkpoint.drift ?? NO_DRIFT, counts),
    heldDeletions: (checkpoint.heldDeletions ?? 0) + heldDeletions,
  };
}

/** The cache lost what the sweep had seen. */
function startSweepAgain(context: StreamContext, held: Held, { run, wish, drift }: FullCheckpoint): Promise<StepEnd> {
  return goOn(context, held, {
    run,
    ledger: EMPTY_LEDGER,
    phase: 'read',
    ...(wish === undefined ? {} : { wish }),
    ...(drift === undefined ? {} : { drift }),
  });
}

async function goOn(context: StreamContext, held: Held, full: FullCheckpoint): Promise<StepEnd> {
  const committed = await context.partitions.commit(held, { full, forceDone: full.run });
  if (committed.outcome === 'fenced') return 'done';
  await recordRun(context, full.run, baseOf(held), { state: 'running', ledger: full.ledger });
  return 'more';
}

async function endAudit(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const { run, ledger, drift = NO_DRIFT, heldDeletions = 0, wish } = checkpoint;
  const startedMs = context.clock.monotonicMs();
  if (held.key.partition === auditItem(WHOLE_STREAM)) await planOrphans(context);
  const end = { complete: true, heldDeletions };
  // Before the commit, as for a full.
  await recordRun(context, run, baseOf(held), {
    state: 'ended',
    outcome: outcomeOf(ledger, end),
    ledger,
    heldDeletions,
    drift,
  });
  const step = await endRun(
    context,
    held,
    { run, task: 'audit', ledger, end, startedMs },
    { full: null, forceDone: run },
  );
  await context.cache.forgetSwept(held.key, run);
  const dimensions = { connection: held.key.connection, stream: held.key.stream };
  if (held.key.partition === auditItem(WHOLE_STREAM)) context.telemetry.metric('AuditsEnded', 1, dimensions);
  // What the source has deleted since the last audit is no surprise: nothing but an audit or a full can see it.
  context.telemetry.metric('DriftFound', totalDrift({ ...drift, extra: 0 }), dimensions);
  if (wish?.repair)
    context.telemetry.metric('DriftRepaired', ledger.added + ledger.updated + ledger.removed, dimensions);
  const level = totalDrift({ ...drift, extra: 0 }) === 0 ? 'info' : 'error';
  context.telemetry.log(level, 'audit ended', { ...dimensions, run, ...drift, heldDeletions });
  return step;
}

/** A source that answers for one partition at a time is audited one partition at a time. */
async function divide(context: StreamContext, held: Held, checkpoint: FullCheckpoint): Promise<StepEnd> {
  const { states, next } = await partitionsOf(context, held, checkpoint.cursor);
  for (const { id } of states) {
    const key = partitionKey(held.key, auditItem(id));
    const { run } = await context.partitions.requestForce(key, newRunId(context), checkpoint.wish);
    await context.queue.send([{ task: { ...partitionKey(held.key, id), task: 'audit', run }, lane: 'scheduled' }]);
  }
  if (next !== undefined) return goOn(context, held, { ...checkpoint, cursor: next });
  return endAudit(context, held, checkpoint);
}

function baseOf({ key }: Held) {
  return { task: 'audit', trigger: 'force', partition: auditedPartition(key.partition) ?? WHOLE_STREAM } as const;
}
