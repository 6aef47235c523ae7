import { type Ledger, outcomeOf, type RunEnd, type RunOutcome } from '../domain/ledger.ts';
import { needsAttention, type PartitionState, type PartitionTotals } from '../domain/partition.ts';
import type { Run } from '../domain/run.ts';
import type { Held, PartitionChange } from '../ports/partition-store.ts';
import type { MetricDimensions, Telemetry } from '../ports/telemetry.ts';
import type { StreamContext } from './sync-context.ts';

/** Whether the partition wants another step at once: something was asked while this one was under way. */
export type StepEnd = 'done' | 'more';

export interface EndedRun {
  readonly run: string;
  readonly task: 'apply' | 'window' | 'full' | 'walk' | 'audit' | 'import';
  readonly ledger: Ledger;
  readonly end: RunEnd;
  readonly startedMs: number;
}

/**
 * Commits what a run changed together with its outcome, which follows from the ledger, gives the lease back, and
 * reports. A commit under an old fence changes nothing, and whoever holds the newer one goes on.
 */
export async function endRun(
  context: StreamContext,
  held: Held,
  ended: EndedRun,
  change: PartitionChange,
): Promise<StepEnd> {
  const outcome = outcomeOf(ended.ledger, ended.end);
  const durationMs = Math.round(context.clock.monotonicMs() - ended.startedMs);
  const succeeded = outcome === 'succeeded' || outcome === 'partial';
  const committed = await context.partitions.commit(held, {
    ...change,
    failures: succeeded ? 0 : held.state.failures + (outcome === 'cancelled' ? 0 : 1),
    lastRun: { run: ended.run, task: ended.task, outcome, at: context.clock.now(), durationMs, ledger: ended.ledger },
    totals: { runs: 1, ...verdictTotals(outcome), ...recordTotals(ended) },
  });
  if (committed.outcome === 'fenced') {
    report(context, held, ended, 'fenced', { durationMs });
    return 'done';
  }
  const { count } = committed.state;
  report(context, held, ended, outcome, { durationMs, ...(isOfAll(ended) ? {} : { records: count }) });
  return wantsMore(committed.state) ? 'more' : 'done';
}

function verdictTotals(outcome: RunOutcome): Partial<PartitionTotals> {
  if (outcome === 'cancelled') return {};
  return outcome === 'succeeded' || outcome === 'partial' ? { succeeded: 1 } : { failed: 1 };
}

/** The records of a walk or an audit are counted in the partitions they went to. */
function recordTotals(ended: EndedRun): Partial<PartitionTotals> {
  const { added, updated, removed } = ended.ledger;
  return isOfAll(ended) ? {} : { added, updated, removed };
}

/** A force, a full under way or a rebuild is gone on with at once; open deltas have messages of their own. */
export function wantsMore(state: PartitionState): boolean {
  if (!needsAttention(state)) return false;
  const { moved, rebuild } = state.pending;
  const asked = state.force !== undefined || state.full !== undefined || state.cancel !== undefined;
  return asked || rebuild || Object.keys(moved).length > 0;
}

/** Whether its item is not that of a partition. */
function isOfAll({ task }: EndedRun): boolean {
  return task === 'walk' || task === 'audit';
}

/** What a run's log line tells besides its ledger. */
interface RunFigures {
  readonly durationMs: number;
  /** Records that the partition has in the cache now. */
  readonly records?: number;
}

function report(context: StreamContext, held: Held, ended: EndedRun, outcome: RunOutcome, figures: RunFigures): void {
  const { telemetry } = context;
  const { ledger } = ended;
  const dimensions = { connection: held.key.connection, stream: held.key.stream };
  const failed = outcome === 'failed' || outcome === 'rate-limited';
  telemetry.metric(failed ? 'RunsFailed' : 'RunsSucceeded', 1, dimensions);
  telemetry.metric('RunDuration', figures.durationMs, dimensions);
  // A walk or an audit takes hours and reports its records as they are written.
  if (!isOfAll(ended)) reportRecords(telemetry, dimensions, ledger);
  if (ended.end.heldDeletions > 0) telemetry.metric('DeletionsHeld', ended.end.heldDeletions, dimensions);
  const level = outcome === 'succeeded' ? 'info' : 'warn';
  telemetry.log(level, 'run ended', { ...held.key, run: ended.run, task: ended.task, outcome, ...figures, ...ledger });
}

export function reportRecords(telemetry: Telemetry, dimensions: MetricDimensions, ledger: Partial<Ledger>): void {
  telemetry.metric('RecordsAdded', ledger.added ?? 0, dimensions);
  telemetry.metric('RecordsUpdated', ledger.updated ?? 0, dimensions);
  telemetry.metric('RecordsRemoved', ledger.removed ?? 0, dimensions);
  telemetry.metric('RecordsUnchanged', ledger.unchanged ?? 0, dimensions);
}

/** Merges what is known now into the run's entry in the history. */
export async function recordRun(
  context: StreamContext,
  run: string,
  base: Pick<Run, 'task' | 'trigger' | 'partition'>,
  patch: Partial<Run> & Pick<Run, 'state' | 'ledger'>,
): Promise<void> {
  const connection = context.connection.connection.id;
  const known = await context.runs.find(run, [connection]);
  const now = context.clock.now();
  await context.runs.put({
    ...base,
    connection,
    stream: context.stream.name,
    run,
    requestedAt: known?.requestedAt ?? now,
    startedAt: known?.startedAt ?? now,
    ...(known === undefined ? {} : { trigger: known.trigger }),
    ...(known?.plan === undefined ? {} : { plan: known.plan }),
    ...patch,
    ...(patch.state === 'ended' ? { endedAt: now } : {}),
  });
}
