import type { BudgetState } from '../domain/budget.ts';
import { earlierOf, type Instant, laterOf, msBetween } from '../domain/instant.ts';
import { partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import {
  effectiveWatermark,
  isPending,
  NO_TOTALS,
  type PartitionState,
  type PartitionTotals,
} from '../domain/partition.ts';
import type { Run } from '../domain/run.ts';
import { NEW_STREAM, type StreamState } from '../domain/stream.ts';
import { CacheFailure } from '../ports/cache.ts';
import type { OpenConnection } from '../ports/sources.ts';
import { layoutOf, type StreamContext, type SyncPorts } from './sync-context.ts';

export type StatusPorts = Pick<SyncPorts, 'partitions' | 'streams' | 'runs' | 'cache' | 'budget' | 'clock'>;
export type StreamTarget = Pick<StreamContext, 'connection' | 'stream'>;

export interface ConnectionStatus {
  readonly open: OpenConnection;
  readonly budget: BudgetState;
  readonly streams: readonly StreamStatus[];
}

export interface Freshness {
  /** Age of the watermark: the source's clock against this machine's, so good to a few seconds. */
  readonly seconds?: number;
  readonly stale: boolean;
}

/** Counts over a stream's partitions; `truncated` when there are more than were counted. */
export interface PartitionSums {
  readonly total: number;
  readonly behind: number;
  readonly pending: number;
  readonly records: number;
  readonly totals: PartitionTotals;
  readonly earliestWatermark?: Instant;
  readonly truncated: boolean;
}

export interface StreamStatus {
  readonly target: StreamTarget;
  readonly state: StreamState;
  /** Whether it is synced automatically: enabled and not paused. */
  readonly running: boolean;
  readonly watermark?: Instant;
  readonly freshness: Freshness;
  readonly budget: BudgetState;
  /** Absent while it is not running. */
  readonly nextRunAt?: Instant;
  /** The item a walk over the whole stream keeps its place in; absent before the first one. */
  readonly walk?: PartitionState;
  readonly partitions: PartitionSums;
  readonly lastRun?: Run;
}

export type PartitionCondition = 'in-sync' | 'behind' | 'loading' | 'discrepancy';

export interface PartitionStatus {
  readonly state: PartitionState;
  readonly condition: PartitionCondition;
  readonly watermark?: Instant;
  readonly freshness: Freshness;
  /** A lease that is valid now. */
  readonly leaseUntil?: Instant;
  /** Records really in the cache; absent where it was not asked, or did not answer. */
  readonly cached?: number;
  readonly cacheError?: string;
}

/** Items that are read, at the most, to sum up one stream. */
export const MAX_SUMMED = 5_000;

/** A connection with all its streams. */
export async function describeConnection(ports: StatusPorts, open: OpenConnection): Promise<ConnectionStatus> {
  const budget = await ports.budget.read(open.connection.id);
  const streams = await Promise.all(
    open.streams.map((stream) => describeStream(ports, { connection: open, stream }, budget)),
  );
  return { open, budget, streams };
}

/** One stream, summed up over its partitions. */
export async function describeStream(
  ports: StatusPorts,
  target: StreamTarget,
  knownBudget?: BudgetState,
): Promise<StreamStatus> {
  const { connection } = target.connection;
  const key = streamKeyOf(target);
  const [budget, state, walk, latest] = await Promise.all([
    knownBudget ?? ports.budget.read(connection.id),
    readStream(ports, target),
    ports.partitions.read(partitionKey(key, WHOLE_STREAM)),
    ports.runs.list({ ...key, limit: 1 }),
  ]);
  const partitions = await sumPartitions(ports, target, state, walk?.totals ?? NO_TOTALS);
  const now = ports.clock.now();
  const watermark =
    state.watermark ?? (target.stream.coverage === 'partition' ? partitions.earliestWatermark : undefined);
  const running = connection.enabled && !state.paused;
  const lastRun = latest.runs[0];
  return {
    target,
    state,
    running,
    ...(watermark === undefined ? {} : { watermark }),
    freshness: freshnessOf(watermark, target, now),
    budget,
    ...(running ? { nextRunAt: nextRun(state, budget, now) } : {}),
    ...(walk === undefined ? {} : { walk }),
    partitions,
    ...(lastRun === undefined ? {} : { lastRun }),
  };
}

/** Where a listing of partitions goes on: within the page of the store that begins after `after`. */
export interface PartitionPosition {
  readonly offset: number;
  readonly after?: string;
}

export const PARTITIONS_LISTED = 100;

/** The next partitions of a stream; the cache itself is not asked. */
export async function describePartitions(
  ports: StatusPorts,
  target: StreamTarget,
  { offset, after }: PartitionPosition = { offset: 0 },
): Promise<{ readonly partitions: readonly PartitionStatus[]; readonly next?: PartitionPosition }> {
  const [stream, listing] = await Promise.all([
    readStream(ports, target),
    ports.partitions.list(streamKeyOf(target), after),
  ]);
  const now = ports.clock.now();
  const end = offset + PARTITIONS_LISTED;
  const partitions = listing.partitions
    .slice(offset, end)
    .filter(({ id }) => id !== WHOLE_STREAM)
    .map((state) => partitionStatus(state, stream, target, now));
  if (end < listing.partitions.length) {
    return { partitions, next: { offset: end, ...(after === undefined ? {} : { after }) } };
  }
  return { partitions, ...(listing.next === undefined ? {} : { next: { offset: 0, after: listing.next } }) };
}

/**
 * One partition, compared with what the cache really holds (one command) if the policy says so.
 * @returns `undefined` for a partition that is not known yet
 */
export async function describePartition(
  ports: StatusPorts,
  target: StreamTarget,
  partition: string,
): Promise<PartitionStatus | undefined> {
  const key = partitionKey(streamKeyOf(target), partition);
  const [stream, first] = await Promise.all([readStream(ports, target), ports.partitions.read(key)]);
  if (first === undefined) return undefined;
  const counted = target.connection.rules.detectDiscrepancies ? await countCached(ports, target, partition) : {};
  const now = ports.clock.now();
  if (counted.cached === undefined || counted.cached === first.count) {
    return partitionStatus(first, stream, target, now, counted);
  }
  // A writer may have come between the two reads: only numbers of one fence are compared.
  const second = (await ports.partitions.read(key)) ?? first;
  return partitionStatus(second, stream, target, now, second.fence === first.fence ? counted : {});
}

async function countCached(
  ports: StatusPorts,
  target: StreamTarget,
  partition: string,
): Promise<Pick<PartitionStatus, 'cached' | 'cacheError'>> {
  try {
    const key = partitionKey(streamKeyOf(target), partition);
    return { cached: await ports.cache.count(key, layoutOf(target.stream)) };
  } catch (error) {
    if (!(error instanceof CacheFailure)) throw error;
    return { cacheError: error.code };
  }
}

function partitionStatus(
  state: PartitionState,
  stream: StreamState,
  target: StreamTarget,
  now: Instant,
  counted: Pick<PartitionStatus, 'cached' | 'cacheError'> = {},
): PartitionStatus {
  const watermark = effectiveWatermark(state, stream.watermark);
  const freshness = freshnessOf(watermark, target, now);
  const leaseUntil = state.lease !== undefined && state.lease.expiresAt > now ? state.lease.expiresAt : undefined;
  const settled = leaseUntil === undefined && counted.cached !== undefined;
  const condition = conditionOf(state, freshness, settled && counted.cached !== state.count);
  return {
    state,
    condition,
    ...(watermark === undefined ? {} : { watermark }),
    freshness,
    ...(leaseUntil === undefined ? {} : { leaseUntil }),
    ...counted,
  };
}

function conditionOf(state: PartitionState, freshness: Freshness, differs: boolean): PartitionCondition {
  if (!state.loaded) return 'loading';
  if (differs) return 'discrepancy';
  return isPending(state.pending) || freshness.stale ? 'behind' : 'in-sync';
}

async function sumPartitions(
  ports: StatusPorts,
  target: StreamTarget,
  stream: StreamState,
  walked: PartitionTotals,
): Promise<PartitionSums> {
  let sums: PartitionSums = { total: 0, behind: 0, pending: 0, records: 0, totals: walked, truncated: false };
  let cursor: string | undefined;
  do {
    const listing = await ports.partitions.list(streamKeyOf(target), cursor);
    const now = ports.clock.now();
    for (const state of listing.partitions) {
      if (state.id !== WHOLE_STREAM) sums = addPartition(sums, partitionStatus(state, stream, target, now));
    }
    cursor = listing.next;
  } while (cursor !== undefined && sums.total < MAX_SUMMED);
  return { ...sums, truncated: cursor !== undefined };
}

function addPartition(sums: PartitionSums, { state, condition, watermark }: PartitionStatus): PartitionSums {
  const { totals, earliestWatermark } = sums;
  const earliest = watermark && (earliestWatermark === undefined ? watermark : earlierOf(watermark, earliestWatermark));
  return {
    ...sums,
    total: sums.total + 1,
    behind: sums.behind + (condition === 'in-sync' ? 0 : 1),
    pending: sums.pending + (isPending(state.pending) ? 1 : 0),
    records: sums.records + state.count,
    totals: {
      runs: totals.runs + state.totals.runs,
      succeeded: totals.succeeded + state.totals.succeeded,
      failed: totals.failed + state.totals.failed,
      added: totals.added + state.totals.added,
      updated: totals.updated + state.totals.updated,
      removed: totals.removed + state.totals.removed,
    },
    ...(earliest === undefined ? {} : { earliestWatermark: earliest }),
  };
}

function nextRun(state: StreamState, budget: BudgetState, now: Instant): Instant {
  const due = laterOf(state.nextDueAt ?? now, now);
  return budget.pausedUntil === undefined ? due : laterOf(due, budget.pausedUntil);
}

function freshnessOf(watermark: Instant | undefined, target: StreamTarget, now: Instant): Freshness {
  if (watermark === undefined) return { stale: true };
  const ageMs = Math.max(0, msBetween(now, watermark));
  return { seconds: Math.floor(ageMs / 1_000), stale: ageMs > target.connection.rules.staleAfterMs };
}

async function readStream(ports: StatusPorts, target: StreamTarget): Promise<StreamState> {
  return (await ports.streams.read(streamKeyOf(target))) ?? NEW_STREAM;
}

function streamKeyOf({ connection, stream }: StreamTarget): StreamKey {
  return { connection: connection.connection.id, stream: stream.name };
}
