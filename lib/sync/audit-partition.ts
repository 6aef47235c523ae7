import { compareVersions, differingBuckets, type SweptVersions } from '../domain/compare-versions.ts';
import type { BucketDigest } from '../domain/digest.ts';
import { type DriftCounts, NO_DRIFT } from '../domain/drift.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { PartitionKey } from '../domain/names.ts';
import { type FullCheckpoint, type PartitionState, readUpTo } from '../domain/partition.ts';
import type { RejectionReason } from '../domain/record.ts';
import { OLDEST_STAMP, parseStamp } from '../domain/stamp.ts';
import { lowerBound } from '../domain/window.ts';
import type { Cache, MeteredCache } from '../ports/cache.ts';
import type { DamagedEntry, Examination } from '../ports/cache-entries.ts';
import { forgottenAmong } from './forgotten-among.ts';
import { withoutLeaving } from './known-moved.ts';
import { type Mended, mendRecords, type Suspicion } from './mend-records.ts';
import { reportDrift } from './report-drift.ts';
import { keepsBodies, layoutOf, type StreamContext } from './sync-context.ts';

/** Records whose contents are compared inside the cache, chosen by chance; a partition no larger is compared whole. */
const SAMPLE = 200;

/** Above this, reading the partition as a whole costs less than asking for its records one by one. */
const MENDED_ONE_BY_ONE = 1_000;

/** Quarantined records that are looked at. */
const QUARANTINED = 1_000;

export interface PartitionAudit {
  readonly key: PartitionKey;
  readonly state: PartitionState;
  readonly checkpoint: FullCheckpoint;
}

/** What one look at a partition found. */
export interface Finding {
  readonly counts: DriftCounts;
  readonly ledger: Partial<Ledger>;
  readonly heldDeletions: number;
}

export const CLEAN: Finding = { counts: NO_DRIFT, ledger: {}, heldDeletions: 0 };

/**
 * Does what the cache holds of a partition fit together: is every record that was written still there, are bodies what
 * was written (all of a small partition, a sample of a large one), do count and digests hold? No source call unless
 * something is the matter.
 */
export async function auditInside(context: StreamContext, audit: PartitionAudit): Promise<Finding> {
  const { key, state, checkpoint } = audit;
  // One that is to be read as a whole anyway is made right by that.
  if (!state.cached || state.pending.rebuild) return CLEAN;
  const cache = context.cache.metered();
  const layout = layoutOf(context.stream, state);
  const sample = checkpoint.wish?.deep ? {} : { sample: SAMPLE };
  const digests = await cache.digests(key, layout);
  if (digests === undefined) return reportLost(context, audit, cache, state.count);
  const examined = withoutEdits(context, await cache.examine(key, layout, sample));
  if (examined.damaged.length === 0 && examined.digestsHold) return CLEAN;
  // What it was looked for in is empty, once another layout has taken its place.
  if ((await context.partitions.read(key))?.layout !== state.layout) return CLEAN;
  if (examined.damaged.length > MENDED_ONE_BY_ONE) {
    return reportLost(context, audit, cache, examined.damaged.length);
  }
  const stamps = await cache.stamps(key, layout);
  const corrupt = examined.damaged.map(({ record }) => [record, stamps.get(record)?.stamp ?? OLDEST_STAMP] as const);
  const suspicion = { ...NO_SUSPICION, corrupt: new Map(corrupt), restate: needsRestating(examined) };
  const witness = [...stamps.keys()].find((record) => !suspicion.corrupt.has(record));
  return mendAndReport(context, audit, { cache, suspicion, witness, swept: 0, compared: examined.compared });
}

/** Where bodies are kept, one that is not what was written is what somebody wanted it to be. */
function withoutEdits({ stream }: StreamContext, examined: Examination): Examination {
  if (!keepsBodies(stream)) return examined;
  return { ...examined, damaged: examined.damaged.filter(({ damage }) => damage !== 'altered') };
}

const NO_SUSPICION: Suspicion = {
  missing: [],
  stale: new Map(),
  extra: new Map(),
  corrupt: new Map(),
  restate: false,
};

function needsRestating({ damaged, digestsHold }: Examination): boolean {
  return !digestsHold || damaged.some(({ damage }: DamagedEntry) => damage !== 'altered');
}

/**
 * Does a partition hold the versions that the sweep saw? Bucket by bucket, by sums alone; only where a sum differs are
 * records looked at. What changed too lately to be in the cache for certain is left to the next delta.
 * @returns `undefined` when the memory of the sweep is gone
 */
export async function auditVersions(context: StreamContext, audit: PartitionAudit): Promise<Finding | undefined> {
  const { key, state, checkpoint } = audit;
  const cache = context.cache.metered();
  const swept = await cache.swept(key, checkpoint.run, checkpoint.ledger.pages, key.partition);
  if (swept === undefined) return undefined;
  const stream = await context.streams.read(key);
  const watermark = readUpTo(state, stream);
  // Not read yet, or to be read as a whole: there is nothing that it claims to hold.
  if (watermark === undefined || !state.cached || state.pending.rebuild) return CLEAN;
  const digests = await cache.digests(key, layoutOf(context.stream, state));
  if (digests === undefined) return reportLost(context, audit, cache, swept.size);
  const wanted = await withoutForgotten(context, key, swept, digests.buckets);
  const buckets = differingBuckets(wanted, digests.buckets);
  if (buckets.size === 0) return mendAndReport(context, audit, { cache, swept: swept.size, compared: 0 });
  const stamps = await cache.stamps(key, layoutOf(context.stream, state));
  const horizon = lowerBound(watermark, context.stream.rules);
  const { startOrder = 0 } = checkpoint;
  const compared = compareVersions({ swept: wanted, stamps, buckets, horizon, startOrder });
  const { missing, stale } = compared;
  const extra = withoutLeaving(compared.extra, state.pending);
  if (missing.length + stale.length + extra.size > MENDED_ONE_BY_ONE) {
    return reportLost(context, audit, cache, missing.length + stale.length);
  }
  const staleStamps = stale.map((record) => [record, stamps.get(record)?.stamp ?? OLDEST_STAMP] as const);
  const suspicion = {
    ...NO_SUSPICION,
    missing: await withoutUnwritable(context, missing),
    stale: new Map(staleStamps),
    extra,
  };
  const [witness] = swept.keys();
  return mendAndReport(context, audit, { cache, suspicion, witness, swept: swept.size, compared: 0 });
}

/**
 * What the cache is to hold of what the sweep saw: what a person wanted erased or excluded is rightly missing. Looked up
 * only where something seems to differ.
 */
async function withoutForgotten(
  context: StreamContext,
  { partition }: PartitionKey,
  swept: SweptVersions,
  buckets: readonly BucketDigest[],
): Promise<SweptVersions> {
  if (differingBuckets(swept, buckets).size === 0) return swept;
  const ids = Array.from(swept.keys(), (id) => ({ id, partition }));
  const forgotten = new Map(Object.entries(await forgottenAmong(context, ids)));
  if (forgotten.size === 0) return swept;
  const isForgotten = (record: string, modified: Instant): boolean =>
    modified <= (parseStamp(forgotten.get(record) ?? '')?.modified ?? -1);
  return new Map([...swept].filter(([record, modified]) => !isForgotten(record, modified)));
}

/** A record that no cache entry can hold is known to be missing, and why; any other may have been mended. */
async function withoutUnwritable(context: StreamContext, missing: readonly string[]): Promise<readonly string[]> {
  const quarantined = await quarantinedAmong(context, missing);
  return missing.filter((record) => quarantined.get(record) !== 'too-large');
}

async function quarantinedAmong(
  context: StreamContext,
  records: readonly string[],
): Promise<ReadonlyMap<string, RejectionReason>> {
  if (records.length === 0) return new Map();
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const listed = await context.quarantine.list(stream, QUARANTINED);
  const known = new Map(listed.map(({ id, reason }) => [id, reason]));
  return new Map(
    records.flatMap((record) => {
      const reason = known.get(record);
      return reason === undefined ? [] : [[record, reason] as const];
    }),
  );
}

/** What was mended at the source, and is in the cache now, needs no quarantine any more. */
async function releaseMended(context: StreamContext, key: PartitionKey, written: readonly string[]): Promise<void> {
  const quarantined = await quarantinedAmong(context, written);
  if (quarantined.size > 0) await context.quarantine.release(key, [...quarantined.keys()]);
}

interface Looked {
  readonly cache: MeteredCache;
  readonly suspicion?: Suspicion;
  /** A record that the source has, as far as is known. */
  readonly witness?: string | undefined;
  readonly swept: number;
  readonly compared: number;
}

async function mendAndReport(context: StreamContext, audit: PartitionAudit, looked: Looked): Promise<Finding> {
  const { suspicion, cache } = looked;
  if (suspicion === undefined || isNothing(suspicion)) {
    await putReport(context, audit, looked, NOTHING_FOUND);
    return CLEAN;
  }
  const { run, wish, lastOrder = 0 } = audit.checkpoint;
  const mended = await mendRecords({ ...context, cache }, audit.key, suspicion, {
    run,
    repair: wish?.repair === true,
    order: lastOrder,
    witness: looked.witness,
  });
  if (mended === undefined) {
    const suspects = suspicion.missing.length + suspicion.stale.size + suspicion.corrupt.size + suspicion.extra.size;
    return reportLost(context, audit, cache, suspects);
  }
  await putReport(context, audit, looked, mended);
  if (mended.repaired) await releaseMended(context, audit.key, mended.ids.missing);
  return { counts: countsOf(mended.ids), ledger: mended.ledger, heldDeletions: mended.heldDeletions };
}

function isNothing({ missing, stale, extra, corrupt, restate }: Suspicion): boolean {
  return missing.length === 0 && stale.size === 0 && extra.size === 0 && corrupt.size === 0 && !restate;
}

const NOTHING_FOUND: Pick<Mended, 'ids' | 'repaired' | 'sourceCalls'> = {
  ids: { missing: [], stale: [], extra: [], corrupt: [] },
  repaired: true,
  sourceCalls: 0,
};

function countsOf(ids: Mended['ids']): DriftCounts {
  return {
    missing: ids.missing.length,
    stale: ids.stale.length,
    extra: ids.extra.length,
    corrupt: ids.corrupt.length,
  };
}

async function putReport(
  context: StreamContext,
  { key, checkpoint }: PartitionAudit,
  { cache, swept, compared }: Looked,
  { ids, repaired, sourceCalls }: Pick<Mended, 'ids' | 'repaired' | 'sourceCalls'>,
): Promise<void> {
  const found = { counts: countsOf(ids), ids, repaired, swept, compared, sourceCalls, cacheCommands: cache.commands };
  await reportDrift(context, key, checkpoint, found);
}

/** Too much is the matter to mend it record by record: the partition is read as a whole, if repairing is wanted. */
async function reportLost(
  context: StreamContext,
  { key, checkpoint }: PartitionAudit,
  cache: Pick<MeteredCache, 'commands'> & Cache,
  records: number,
): Promise<Finding> {
  const repair = checkpoint.wish?.repair === true;
  const counts = { ...NO_DRIFT, missing: records };
  context.telemetry.metric('CacheLost', 1, { connection: key.connection, stream: key.stream });
  context.telemetry.log('error', 'a partition in the cache differs too much to be mended record by record', {
    ...key,
    records,
    repair,
  });
  if (repair) {
    await context.partitions.markRebuild(key);
    await context.queue.send([{ task: { ...key, task: 'window', reason: 'pending' }, lane: 'scheduled' }]);
  }
  await reportDrift(context, key, checkpoint, {
    counts,
    ids: NOTHING_FOUND.ids,
    repaired: false,
    swept: 0,
    compared: 0,
    sourceCalls: 0,
    cacheCommands: cache.commands,
  });
  return { counts, ledger: {}, heldDeletions: 0 };
}
