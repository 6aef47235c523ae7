import { type BreakerPhase, breakerPhase, heldUntil } from '../domain/breaker.ts';
import type { BudgetState } from '../domain/budget.ts';
import type { DeletionPlan } from '../domain/deletion-plan.ts';
import { earlierOf, type Instant, laterOf } from '../domain/instant.ts';
import { isPseudoPartition, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import { isPending, NO_TOTALS, type PartitionState, type PartitionTotals } from '../domain/partition.ts';
import type { Run } from '../domain/run.ts';
import { streamDueAt } from '../domain/schedule.ts';
import type { StreamState } from '../domain/stream.ts';
import type { OpenConnection } from '../ports/sources.ts';
import { countQuarantined, describeAudit, heldPlans, type StreamAudit } from './describe-findings.ts';
import {
  type Freshness,
  freshnessOf,
  type PartitionStatus,
  partitionStatus,
  readStream,
  remainingOfRead,
  type StatusPorts,
  type StreamTarget,
  streamKeyOf,
} from './describe-partition.ts';
import { cycleTiming } from './due-times.ts';
import { isEnabled, isPlanned, plannedStreams } from './planned-streams.ts';

/** How a connection that can be opened is, at a glance. */
export type ConnectionCondition =
  /** Nothing of what runs is stale, fails, or must be read again. */
  | 'healthy'
  | 'behind'
  /** Nothing runs, because every stream that could is paused. */
  | 'paused'
  | 'disabled';

export interface ConnectionStatus {
  readonly open: OpenConnection;
  readonly condition: ConnectionCondition;
  readonly budget: BudgetState;
  readonly streams: readonly StreamStatus[];
}

/** Counts over a stream's partitions; `truncated` when there are more than were counted. */
export interface PartitionSums {
  readonly total: number;
  /** Those that have yet to be read as a whole for the first time. */
  readonly loading: number;
  readonly behind: number;
  /** Those whose watermark is too old. */
  readonly stale: number;
  readonly pending: number;
  readonly records: number;
  readonly totals: PartitionTotals;
  readonly earliestWatermark?: Instant;
  /** Where partitions are asked one by one: when the first of them is due. */
  readonly earliestRunAt?: Instant;
  readonly truncated: boolean;
}

export interface StreamStatus {
  readonly target: StreamTarget;
  readonly state: StreamState;
  /** Whether it is synced automatically: enabled, not paused, and not brought by people. */
  readonly running: boolean;
  /** Whether all that the source has was read at least once. */
  readonly loaded: boolean;
  readonly watermark?: Instant;
  readonly freshness: Freshness;
  readonly budget: BudgetState;
  /** Absent while it is not running. */
  readonly nextRunAt?: Instant;
  /** The item a walk over the whole stream keeps its place in; absent before the first one. */
  readonly walk?: PartitionState;
  /** How long the walk that is under way still takes, roughly; absent while unknown. */
  readonly remainingMs?: number;
  readonly partitions: PartitionSums;
  readonly lastRun?: Run;
  /** Deletion plans that wait for a person. */
  readonly heldPlans: readonly string[];
  readonly audit: StreamAudit;
  readonly quarantined: { readonly count: number; readonly more: boolean };
  /** Whether all of it must be read again, or is being: it was lost in the cache. */
  readonly rebuilding: boolean;
}

/** What streams of one connection share. */
interface Shared {
  readonly budget: BudgetState;
  readonly plans: readonly DeletionPlan[];
}

/** Items that are read, at the most, to sum up one stream. */
export const MAX_SUMMED = 5_000;

/** A connection with all its streams. */
export async function describeConnection(ports: StatusPorts, open: OpenConnection): Promise<ConnectionStatus> {
  const shared = await readShared(ports, open);
  const streams = await Promise.all(
    open.streams.map((stream) => describeStream(ports, { connection: open, stream }, shared)),
  );
  const condition = conditionOf(open, streams, breakerPhase(shared.budget.breaker, ports.clock.now()));
  return { open, condition, budget: shared.budget, streams };
}

function conditionOf(
  open: OpenConnection,
  streams: readonly StreamStatus[],
  breaker: BreakerPhase,
): ConnectionCondition {
  if (!open.streams.some((stream) => isEnabled(open, stream))) return 'disabled';
  // What people bring is never late.
  if (plannedStreams(open).length === 0) return 'healthy';
  const running = streams.filter((stream) => stream.running);
  if (running.length === 0) return 'paused';
  return breaker !== 'closed' || running.some(isBehind) ? 'behind' : 'healthy';
}

/** Changes that are under way are no delay. */
function isBehind({ freshness, state, partitions, rebuilding }: StreamStatus): boolean {
  return freshness.stale || partitions.stale > 0 || state.failures > 0 || rebuilding;
}

async function readShared(ports: StatusPorts, { connection: { id } }: OpenConnection): Promise<Shared> {
  const [budget, plans] = await Promise.all([ports.budget.read(id), heldPlans(ports, id)]);
  return { budget, plans };
}

/** One stream, summed up over its partitions. */
export async function describeStream(ports: StatusPorts, target: StreamTarget, known?: Shared): Promise<StreamStatus> {
  const key = streamKeyOf(target);
  const [{ budget, plans }, state, walk, latest, audit, quarantined] = await Promise.all([
    known ?? readShared(ports, target.connection),
    readStream(ports, target),
    ports.partitions.read(partitionKey(key, WHOLE_STREAM)),
    ports.runs.list({ ...key, limit: 1 }),
    describeAudit(ports, key),
    countQuarantined(ports, key),
  ]);
  const partitions = await sumPartitions(ports, target, state, walk?.totals ?? NO_TOTALS);
  const now = ports.clock.now();
  const watermark =
    state.watermark ?? (target.stream.coverage === 'partition' ? partitions.earliestWatermark : undefined);
  const running = isPlanned(target.connection, target.stream) && !state.paused;
  const lastRun = latest.runs[0];
  return {
    target,
    state,
    running,
    loaded: isLoaded(target, state, partitions),
    ...(watermark === undefined ? {} : { watermark }),
    freshness: freshnessOf(watermark, target, now),
    budget,
    ...(running ? { nextRunAt: nextRun(target, state, partitions, budget, now) } : {}),
    ...(walk === undefined ? {} : { walk }),
    ...(walk?.full && remainingOfRead(walk.full, budget, target.connection.limits, 'full', now)),
    partitions,
    ...(lastRun === undefined ? {} : { lastRun }),
    heldPlans: plans.filter(({ stream }) => stream === key.stream).map(({ plan }) => plan),
    audit,
    quarantined,
    rebuilding: walk?.pending.rebuild ?? false,
  };
}

/** Nothing walks over a stream whose partitions are asked one by one: it is loaded when they are. */
function isLoaded({ stream }: StreamTarget, state: StreamState, { total, loading }: PartitionSums): boolean {
  return stream.coverage === 'partition' ? total > 0 && loading === 0 : state.loaded;
}

async function sumPartitions(
  ports: StatusPorts,
  target: StreamTarget,
  stream: StreamState,
  walked: PartitionTotals,
): Promise<PartitionSums> {
  let sums: PartitionSums = {
    total: 0,
    loading: 0,
    behind: 0,
    stale: 0,
    pending: 0,
    records: 0,
    totals: walked,
    truncated: false,
  };
  let cursor: string | undefined;
  do {
    const listing = await ports.partitions.list(streamKeyOf(target), cursor);
    const now = ports.clock.now();
    for (const state of listing.partitions) {
      if (!isPseudoPartition(state.id)) sums = addPartition(sums, partitionStatus(state, stream, target, now));
    }
    cursor = listing.next;
  } while (cursor !== undefined && sums.total < MAX_SUMMED);
  return { ...sums, truncated: cursor !== undefined };
}

function addPartition(sums: PartitionSums, partition: PartitionStatus): PartitionSums {
  const { state, condition, watermark, freshness, nextRunAt } = partition;
  const { totals, earliestWatermark, earliestRunAt } = sums;
  const due = nextRunAt && (earliestRunAt === undefined ? nextRunAt : earlierOf(nextRunAt, earliestRunAt));
  const earliest = watermark && (earliestWatermark === undefined ? watermark : earlierOf(watermark, earliestWatermark));
  return {
    ...sums,
    total: sums.total + 1,
    loading: sums.loading + (state.loaded ? 0 : 1),
    behind: sums.behind + (condition === 'in-sync' ? 0 : 1),
    stale: sums.stale + (freshness.stale ? 1 : 0),
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
    ...(due === undefined ? {} : { earliestRunAt: due }),
  };
}

function nextRun(
  { stream }: StreamTarget,
  state: StreamState,
  { earliestRunAt }: PartitionSums,
  { pausedUntil, breaker }: BudgetState,
  now: Instant,
): Instant {
  const waits = [streamDueAt(state, cycleTiming(stream)), earliestRunAt, pausedUntil, heldUntil(breaker, now)];
  return waits.reduce<Instant>((latest, wait) => (wait === undefined ? latest : laterOf(latest, wait)), now);
}
