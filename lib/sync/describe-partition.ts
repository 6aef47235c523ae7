import type { DeletionPlan } from '../domain/deletion-plan.ts';
import { type Instant, msBetween } from '../domain/instant.ts';
import { isPseudoPartition, partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import { effectiveWatermark, type FullCheckpoint, isPending, type PartitionState } from '../domain/partition.ts';
import { remainingMs } from '../domain/progress.ts';
import { latenessMs } from '../domain/schedule.ts';
import { NEW_STREAM, type StreamState } from '../domain/stream.ts';
import { CacheFailure, type CacheLookups } from '../ports/cache.ts';
import { heldPlans, type LastAudit, lastAuditOf } from './describe-findings.ts';
import { partitionDueAt, partitionSkippedAt } from './due-times.ts';
import { layoutOf, type StreamContext, type SyncPorts } from './sync-context.ts';

export type StatusPorts = Pick<
  SyncPorts,
  'partitions' | 'streams' | 'runs' | 'plans' | 'drift' | 'quarantine' | 'budget' | 'clock'
> & { readonly cache: Pick<CacheLookups, 'count'> };

export type StreamTarget = Pick<StreamContext, 'connection' | 'stream'>;

export interface Freshness {
  /** Age of the watermark: the source's clock against this machine's, so good to a few seconds. */
  readonly seconds?: number;
  readonly stale: boolean;
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
  /** Whether all of it must be read again, or is being: it, or the whole stream, was lost in the cache. */
  readonly rebuilding: boolean;
  /** Where partitions are asked one by one: when it is due. */
  readonly nextRunAt?: Instant;
  /** Its last scheduled run that was left out: it had been synced a short time before. */
  readonly skippedAt?: Instant;
  /** Deletion plans for it that wait for a person. */
  readonly heldPlans: readonly string[];
  /** Absent in listings. */
  readonly lastAudit?: LastAudit;
  /** How long the read of everything that is under way still takes, roughly; absent in listings, and while unknown. */
  readonly remainingMs?: number;
}

type Found = Partial<
  Pick<PartitionStatus, 'remainingMs' | 'cached' | 'cacheError' | 'rebuilding' | 'heldPlans' | 'lastAudit'>
>;

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
  const key = streamKeyOf(target);
  const [stream, listing, walk, plans] = await Promise.all([
    readStream(ports, target),
    ports.partitions.list(key, after),
    ports.partitions.read(partitionKey(key, WHOLE_STREAM)),
    heldPlans(ports, key.connection),
  ]);
  const now = ports.clock.now();
  const end = offset + PARTITIONS_LISTED;
  const partitions = listing.partitions
    .slice(offset, end)
    .filter(({ id }) => !isPseudoPartition(id))
    .map((state) =>
      partitionStatus(state, stream, target, now, {
        heldPlans: plansFor(plans, key, state.id),
        rebuilding: isRebuilding(state, walk),
      }),
    );
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
  const of = streamKeyOf(target);
  const key = partitionKey(of, partition);
  const [stream, first, walk, plans, lastAudit] = await Promise.all([
    readStream(ports, target),
    ports.partitions.read(key),
    ports.partitions.read(partitionKey(of, WHOLE_STREAM)),
    heldPlans(ports, of.connection),
    lastAuditOf(ports, key),
  ]);
  if (first === undefined) return undefined;
  const { state, ...counted } = await compareCount(ports, target, first);
  return partitionStatus(state, stream, target, ports.clock.now(), {
    ...counted,
    heldPlans: plansFor(plans, of, partition),
    rebuilding: isRebuilding(state, walk),
    ...(lastAudit === undefined ? {} : { lastAudit }),
    ...(await remainingOf(ports, target, state)),
  });
}

async function remainingOf(
  ports: StatusPorts,
  { connection }: StreamTarget,
  { full }: PartitionState,
): Promise<Pick<PartitionStatus, 'remainingMs'>> {
  if (full?.progress === undefined) return {};
  const budget = await ports.budget.read(connection.connection.id);
  return remainingOfRead(full, budget, connection.limits, 'force', ports.clock.now());
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer R] ? R : never;

/** What is known of how long a read of everything still takes. */
export function remainingOfRead(
  { progress, startedAt, ledger }: FullCheckpoint,
  ...[budget, limits, priority, now]: Tail<Parameters<typeof remainingMs>>
): Pick<PartitionStatus, 'remainingMs'> {
  if (progress === undefined || startedAt === undefined) return {};
  return { remainingMs: remainingMs({ progress, startedAt, ledger }, budget, limits, priority, now) };
}

/** A writer may come between the two reads: only numbers of one fence are compared. */
async function compareCount(ports: StatusPorts, target: StreamTarget, state: PartitionState) {
  if (!target.stream.rules.detectDiscrepancies) return { state };
  const counted = await countCached(ports, target, state);
  if (counted.cached === undefined || counted.cached === state.count) return { state, ...counted };
  const again = (await ports.partitions.read(partitionKey(streamKeyOf(target), state.id))) ?? state;
  return again.fence === state.fence ? { state: again, ...counted } : { state: again };
}

/** A plan about the whole stream is a plan about each of its partitions. */
function plansFor(plans: readonly DeletionPlan[], stream: StreamKey, partition: string): readonly string[] {
  return plans
    .filter((plan) => plan.stream === stream.stream && [partition, WHOLE_STREAM].includes(plan.partition))
    .map(({ plan }) => plan);
}

function isRebuilding(state: PartitionState, walk: PartitionState | undefined): boolean {
  return state.pending.rebuild || (walk?.pending.rebuild ?? false);
}

async function countCached(
  ports: StatusPorts,
  target: StreamTarget,
  state: PartitionState,
): Promise<Pick<PartitionStatus, 'cached' | 'cacheError'>> {
  try {
    const key = partitionKey(streamKeyOf(target), state.id);
    return { cached: await ports.cache.count(key, layoutOf(target.stream, state)) };
  } catch (error) {
    if (!(error instanceof CacheFailure)) throw error;
    return { cacheError: error.code };
  }
}

export function partitionStatus(
  state: PartitionState,
  stream: StreamState,
  target: StreamTarget,
  now: Instant,
  found: Found = {},
): PartitionStatus {
  const watermark = effectiveWatermark(state, stream);
  const freshness = freshnessOf(watermark, target, now);
  const leaseUntil = state.lease !== undefined && state.lease.expiresAt > now ? state.lease.expiresAt : undefined;
  const settled = leaseUntil === undefined && found.cached !== undefined;
  const rebuilding = found.rebuilding ?? state.pending.rebuild;
  const condition = conditionOf(state, freshness, { differs: settled && found.cached !== state.count, rebuilding });
  return {
    state,
    condition,
    ...(watermark === undefined ? {} : { watermark }),
    freshness,
    ...(leaseUntil === undefined ? {} : { leaseUntil }),
    rebuilding: state.pending.rebuild,
    heldPlans: [],
    ...(target.stream.coverage === 'partition' ? partitionTimes(state, target, now) : {}),
    ...found,
  };
}

function partitionTimes(state: PartitionState, { stream }: StreamTarget, now: Instant) {
  const skippedAt = partitionSkippedAt(state, stream.rules, now);
  return { nextRunAt: partitionDueAt(state, stream.rules) ?? now, ...(skippedAt === undefined ? {} : { skippedAt }) };
}

function conditionOf(
  state: PartitionState,
  freshness: Freshness,
  { differs, rebuilding }: { readonly differs: boolean; readonly rebuilding: boolean },
): PartitionCondition {
  if (!state.loaded) return 'loading';
  if (rebuilding) return 'behind';
  if (differs) return 'discrepancy';
  return isPending(state.pending) || freshness.stale ? 'behind' : 'in-sync';
}

export function freshnessOf(watermark: Instant | undefined, target: StreamTarget, now: Instant): Freshness {
  const { coverage, rules } = target.stream;
  // Nobody is late who brings records when he likes.
  const isExpected = coverage !== 'import';
  if (watermark === undefined) return { stale: isExpected };
  const ageMs = Math.max(0, msBetween(now, watermark));
  const stale = isExpected && latenessMs(watermark, rules, now) > rules.staleAfterMs;
  return { seconds: Math.floor(ageMs / 1_000), stale };
}

export async function readStream(ports: StatusPorts, target: StreamTarget): Promise<StreamState> {
  return (await ports.streams.read(streamKeyOf(target))) ?? NEW_STREAM;
}

export function streamKeyOf({ connection, stream }: StreamTarget): StreamKey {
  return { connection: connection.connection.id, stream: stream.name };
}
