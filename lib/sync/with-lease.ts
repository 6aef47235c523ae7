import { CACHE_LAYOUT } from '../domain/cache-layout.ts';
import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';
import { EMPTY_LEDGER } from '../domain/ledger.ts';
import { auditedPartition, isImportItem, isPseudoPartition, type PartitionKey, WHOLE_STREAM } from '../domain/names.ts';
import { isSwitchingLayout, isUnwritten, type LastRun, nextAttempt } from '../domain/partition.ts';
import type { Acquired, Held, PartitionChange } from '../ports/partition-store.ts';
import { SourceFailure } from '../ports/source.ts';
import { recordRun } from './end-run.ts';
import { newRunId } from './new-run-id.ts';
import { leaseMs, type StreamContext } from './sync-context.ts';

export type Leased<T> =
  | { readonly outcome: 'held'; readonly value: T }
  | { readonly outcome: 'busy'; readonly until: Instant };

/**
 * Runs `body` under the partition's lease. `body` commits, which gives the lease back; when it throws, the failure is
 * recorded in the item and the lease is given back here, so that the next attempt need not wait for it to expire.
 */
export async function withLease<T>(
  context: StreamContext,
  key: PartitionKey,
  body: (held: Held) => Promise<T>,
): Promise<Leased<T>> {
  const acquired = await acquireWithLayout(context, key);
  if (acquired.outcome === 'busy') return acquired;
  const { held } = acquired;
  const startedMs = context.clock.monotonicMs();
  try {
    return { outcome: 'held', value: await body(held) };
  } catch (error) {
    await recordFailure(context, held, startedMs, error);
    throw error;
  }
}

/**
 * A partition begins with the layout that its stream is to have. That is written down before anything else is: were it
 * left to the first writer's commit, and that writer died, the next might take another, and readers lose the records.
 */
async function acquireWithLayout(context: StreamContext, key: PartitionKey): Promise<Acquired> {
  const acquire = () => context.partitions.acquire(key, context.slice.owner, leaseMs(context.slice));
  const { layout = CACHE_LAYOUT } = context.stream;
  const acquired = await acquire();
  const isNew = acquired.outcome === 'held' && !isPseudoPartition(key.partition) && isUnwritten(acquired.held.state);
  if (!isNew || layout === CACHE_LAYOUT) return acquired;
  await context.partitions.commit(acquired.held, { layout });
  return acquire();
}

/** What trying again cannot help ends, so that the next request begins anew. */
function giveUp({ state }: Held): PartitionChange {
  if (state.full !== undefined) return isSwitchingLayout(state.full) ? {} : { full: null };
  return state.force === undefined ? {} : { forceDone: state.force.run };
}

/** Who asked for it is told that it failed. */
async function endHopelessRun(context: StreamContext, held: Held, { ledger, error }: LastRun): Promise<void> {
  const { full, force } = held.state;
  const run = full?.run ?? force?.run;
  if (run === undefined || (full !== undefined && isSwitchingLayout(full))) return;
  const base = { task: requestedTask(held), trigger: 'force', partition: shownPartition(held.key) } as const;
  const failure = error === undefined ? {} : { error };
  await recordRun(context, run, base, { state: 'ended', outcome: 'failed', ledger, ...failure });
}

/** A page token that is no longer good leads nowhere: the same run reads from its first page again. */
function startOver({ state }: Held): PartitionChange {
  if (state.full === undefined || isSwitchingLayout(state.full)) return {};
  const { startMarked, startRebuilds } = state.full;
  return {
    full: {
      ...nextAttempt(state.full),
      ledger: EMPTY_LEDGER,
      phase: 'read',
      ...(startMarked === undefined ? {} : { startMarked }),
      ...(startRebuilds === undefined ? {} : { startRebuilds }),
    },
  };
}

/** What was asked for by a force. */
export function requestedTask({ key: { partition } }: Pick<Held, 'key'>): 'walk' | 'audit' | 'full' | 'import' {
  if (isImportItem(partition)) return 'import';
  if (partition === WHOLE_STREAM) return 'walk';
  return auditedPartition(partition) === undefined ? 'full' : 'audit';
}

/** The partition as the run history names it: an audit is about another than the item that keeps its place. */
export function shownPartition({ partition }: PartitionKey): string {
  if (isImportItem(partition)) return WHOLE_STREAM;
  return auditedPartition(partition) ?? partition;
}

function failedTask({ key, state }: Held): LastRun['task'] {
  if (key.partition === WHOLE_STREAM) return 'walk';
  if (auditedPartition(key.partition) !== undefined) return 'audit';
  if (isImportItem(key.partition)) return 'import';
  return state.full === undefined ? 'window' : 'full';
}

async function recordFailure(context: StreamContext, held: Held, startedMs: number, error: unknown): Promise<void> {
  const code = error instanceof Failure ? error.code : 'unexpected';
  const limited = code === 'source-rate-limited' || code === 'source-quota-spent';
  // That its source is down says nothing about a partition, which must not wait for long once it is back.
  const counted = !limited && code !== 'source-down';
  const lastRun: LastRun = {
    run: held.state.full?.run ?? newRunId(context),
    task: failedTask(held),
    outcome: limited ? 'rate-limited' : 'failed',
    at: context.clock.now(),
    durationMs: Math.round(context.clock.monotonicMs() - startedMs),
    ledger: held.state.full?.ledger ?? EMPTY_LEDGER,
    error: code,
  };
  const hopeless = error instanceof SourceFailure && !error.retryable;
  try {
    // Before the commit: once that has forgotten the run, nobody comes back to end it.
    if (hopeless) await endHopelessRun(context, held, lastRun);
    await context.partitions.commit(held, {
      failures: held.state.failures + (counted ? 1 : 0),
      lastRun,
      totals: { runs: 1, failed: limited ? 0 : 1 },
      ...(hopeless ? giveUp(held) : {}),
      ...(code === 'source-cursor-expired' ? startOver(held) : {}),
    });
  } catch (commitError) {
    const reason = commitError instanceof Failure ? commitError.code : 'unexpected';
    context.telemetry.log('warn', 'the failure could not be recorded; the lease expires by itself', {
      ...held.key,
      reason,
    });
  }
}
