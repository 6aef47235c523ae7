import type { DriftKind } from '../domain/drift.ts';
import { EMPTY_LEDGER, type Ledger } from '../domain/ledger.ts';
import type { PartitionKey } from '../domain/names.ts';
import { isPending } from '../domain/partition.ts';
import { OLDEST_STAMP } from '../domain/stamp.ts';
import type { CachedVersion } from '../ports/cache-entries.ts';
import type { Held } from '../ports/partition-store.ts';
import { type Applied, applyRecords } from './apply-records.ts';
import { type Confirmed, confirmGone } from './confirm-gone.ts';
import { reportRecords } from './end-run.ts';
import { endedExclusions } from './ended-exclusions.ts';
import { tellLoaded } from './partition-loaded.ts';
import { holdDeletion, passBrake } from './pass-brake.ts';
import { release } from './release.ts';
import { layoutOf, type StreamContext } from './sync-context.ts';
import { withLease } from './with-lease.ts';

/** Records of one partition that seem to differ; where the cache has them, with the stamp it has. */
export interface Suspicion {
  readonly missing: readonly string[];
  readonly stale: ReadonlyMap<string, string>;
  readonly extra: ReadonlyMap<string, string>;
  readonly corrupt: ReadonlyMap<string, string>;
  /** Whether what the partition keeps about itself is wrong: it is taken anew. */
  readonly restate: boolean;
}

export interface MendOptions {
  readonly run: string;
  readonly repair: boolean;
  /** Last call number so far. */
  readonly order: number;
  /** A record that the source has shown lately. */
  readonly witness: string | undefined;
}

/** What is really the matter, and what was done about it. */
export interface Mended {
  readonly ids: Readonly<Record<DriftKind, readonly string[]>>;
  readonly ledger: Partial<Ledger>;
  readonly heldDeletions: number;
  readonly sourceCalls: number;
  /** Whether all of it is right now. */
  readonly repaired: boolean;
}

/**
 * Looks at each suspect again by its id at the source, under the partition's lease; with `repair` writes what the
 * source holds and removes what it does not, as far as the brake allows. Nothing else is fetched.
 * @returns `undefined` when the partition could not be had or written
 */
export async function mendRecords(
  context: StreamContext,
  key: PartitionKey,
  suspicion: Suspicion,
  options: MendOptions,
): Promise<Mended | undefined> {
  const leased = await withLease(context, key, async (held) => {
    const confirmed = await confirm(context, held, suspicion, options);
    if (options.repair) return repair(context, held, suspicion, confirmed, options);
    await release(context, held);
    return { ...NOT_MENDED, ids: idsOf(suspicion, confirmed), sourceCalls: confirmed.calls };
  });
  return leased.outcome === 'held' ? leased.value : undefined;
}

const NOT_MENDED = { ledger: EMPTY_LEDGER, heldDeletions: 0, repaired: false } as const;

async function confirm(
  context: StreamContext,
  held: Held,
  { missing, stale, extra, corrupt }: Suspicion,
  { order, witness }: MendOptions,
): Promise<Confirmed> {
  const suspects = new Map([
    ...missing.map((record) => [record, OLDEST_STAMP] as const),
    ...stale,
    ...extra,
    ...corrupt,
  ]);
  if (suspects.size === 0) return { removals: {}, missed: [], order, lastOrder: order, calls: 0, believed: true };
  const asked = [...suspects].map(([record, stamp]): CachedVersion => ({ record, stamp }));
  const confirmed = await confirmGone(context, held, { suspects: asked, order, witness, likelyGone: extra.size > 0 });
  // What is missing in the cache and gone at the source is as it should be.
  const present = Object.entries(confirmed.removals).filter(([record]) => !missing.includes(record));
  return { ...confirmed, removals: Object.fromEntries(present) };
}

function idsOf({ missing, stale, extra, corrupt }: Suspicion, { missed, removals }: Confirmed): Mended['ids'] {
  const found = new Set(missed.map(({ id }) => id));
  const gone = [...stale.keys(), ...extra.keys()].filter((record) => Object.hasOwn(removals, record));
  return {
    missing: missing.filter((record) => found.has(record)),
    stale: [...stale.keys()].filter((record) => found.has(record)),
    extra: gone,
    corrupt: [...corrupt.keys()],
  };
}

async function repair(
  context: StreamContext,
  held: Held,
  suspicion: Suspicion,
  confirmed: Confirmed,
  { run }: MendOptions,
): Promise<Mended | undefined> {
  const { key, state } = held;
  if (suspicion.restate && !(await restate(context, held))) return giveBack(context, held);
  if (!(await letIn(context, held, suspicion, confirmed))) return giveBack(context, held);
  const gone = Object.keys(confirmed.removals);
  const deletion = { key, ids: gone, cached: state.count, run };
  const plan =
    gone.length === 0 || confirmed.believed
      ? await passBrake(context, deletion)
      : await holdDeletion(context, deletion, 'unconfirmed');
  const applied = await applyRecords(context, held, {
    records: confirmed.missed,
    order: confirmed.order,
    asOf: confirmed.asOf,
    path: 'repair',
    verify: true,
    removals: plan === undefined ? confirmed.removals : {},
    meta: { loaded: tellLoaded(state, state.loaded), pending: isPending(state.pending) },
  });
  if (applied.outcome !== 'applied') return giveBack(context, held);
  await commitRepair(context, held, applied, confirmed.lastOrder);
  return {
    ids: idsOf(suspicion, confirmed),
    ledger: applied.ledger,
    heldDeletions: plan === undefined ? 0 : gone.length,
    sourceCalls: confirmed.calls,
    repaired: plan === undefined,
  };
}

/** Lets in what is missing because it was excluded, and is so no longer. @returns whether the partition could be written */
async function letIn(
  context: StreamContext,
  held: Held,
  { missing }: Suspicion,
  { missed, order }: Confirmed,
): Promise<boolean> {
  const { key, state } = held;
  const found = missed.map(({ id }) => id).filter((id) => missing.includes(id));
  const included = await endedExclusions(context, key, found);
  if (included.length === 0) return true;
  const meta = { loaded: tellLoaded(state, state.loaded), pending: isPending(state.pending) };
  const applied = await applyRecords(context, held, { records: [], order, path: 'repair', included, meta });
  return applied.outcome === 'applied';
}

async function commitRepair(
  context: StreamContext,
  held: Held,
  { ledger, count }: Extract<Applied, { readonly outcome: 'applied' }>,
  lastOrder: number,
): Promise<void> {
  const { added = 0, updated = 0, removed = 0 } = ledger;
  // A message that was read before may hold a newer version of what has left: what it tells of is read again instead.
  const scanned = removed > 0 ? { scanOrder: Math.max(held.state.scanOrder, lastOrder) } : {};
  await context.partitions.commit(held, { ...scanned, count, totals: { added, updated, removed } });
  reportRecords(context.telemetry, { connection: held.key.connection, stream: held.key.stream }, ledger);
}

/** @returns whether the partition keeps right figures now */
async function restate(context: StreamContext, held: Held): Promise<boolean> {
  const restated = await context.cache.restate(held.key, layoutOf(context.stream, held.state), held.fence);
  return restated.outcome === 'restated';
}

async function giveBack(context: StreamContext, held: Held): Promise<undefined> {
  await release(context, held);
  return undefined;
}
