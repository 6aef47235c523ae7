import type { BrakeRule } from '../domain/deletion-plan.ts';
import type { Instant } from '../domain/instant.ts';
import type { ForceWish } from '../domain/partition.ts';
import type { SourceRecord } from '../domain/record.ts';
import type { CachedVersion } from '../ports/cache-entries.ts';
import type { Held } from '../ports/partition-store.ts';
import { confirmGone } from './confirm-gone.ts';
import type { Leaving } from './forgotten-among.ts';
import { withoutMoved } from './known-moved.ts';
import { type Deletion, heldByPartition, holdDeletion, passBrake } from './pass-brake.ts';
import { layoutOf, type StreamContext } from './sync-context.ts';

/** Records asked for by id in one step: what is left, the next step finds unseen again. */
const CONFIRMED_AT_ONCE = 500;

/** A complete scan without a modified-time bound. */
export interface CompleteScan {
  readonly run: string;
  /** What it has seen is remembered under this name. */
  readonly name: string;
  /** Call number of its first page. */
  readonly startOrder: number;
  /** Call number of its last page. */
  readonly lastOrder: number;
  readonly sawAny: boolean;
  readonly wish?: ForceWish;
}

export interface Absent {
  /** Record id → stamp: gone at the source, or found elsewhere, to be removed unless what is stored is newer. */
  readonly removals: Readonly<Record<string, string>>;
  /** Deletions that wait for a person. */
  readonly held: number;
  /** The plan they wait in. */
  readonly plan?: string;
  /** Records the scan passed over, though they are there: edits moved them between its pages. */
  readonly missed: readonly SourceRecord[];
  /** Call number that `missed` counts as read under: the first of the queries by id. */
  readonly order: number;
  /** Source clock of that query. */
  readonly asOf?: Instant;
  /** Last call number of the scan, this included. */
  readonly lastOrder: number;
  /** Whether there are more than one step asks for. */
  readonly more: boolean;
  /** Whether the memory of the scan holds nothing of this partition: nothing can be said. */
  readonly unknown?: true;
}

/**
 * What is gone after a complete scan: records that were in the cache when it began, were not written since, were not
 * seen, and that a query by id does not find either. More than the brake allows is held as a plan. What is known to have
 * moved is no suspect: it leaves in any case.
 * @param leaving what the partition's item says is to leave, for the caller to remove
 */
export async function findAbsent(
  context: StreamContext,
  held: Held,
  scan: CompleteScan,
  leaving: Leaving,
): Promise<Absent> {
  const none: Absent = {
    removals: {},
    held: 0,
    missed: [],
    order: scan.lastOrder,
    lastOrder: scan.lastOrder,
    more: false,
  };
  if (!held.state.cached) return none;
  const seen = scan.sawAny ? 1 : 0;
  const unseen = await context.cache.unseen(
    held.key,
    scan.name,
    scan.startOrder,
    seen,
    layoutOf(context.stream, held.state),
  );
  if (unseen === undefined) return { ...none, unknown: true };
  const { elsewhere, others } = await withoutMoved(context, held, unseen, leaving);
  const nothing = { ...none, removals: elsewhere };
  if (others.length === 0) return nothing;
  const suspects = others.toSorted((a, b) => (a.record < b.record ? -1 : 1));
  const deletion = deletionOf(held, scan, suspects, unseen.length - suspects.length);
  // The brake first: asking by id for what would be held anyway only spends calls.
  const witness = await context.cache.witness(held.key, scan.name);
  const rule = heldByPartition(deletion) ?? unwitnessed(witness, scan);
  if (rule !== undefined) {
    const { plan } = await holdDeletion(context, deletion, rule);
    return { ...nothing, held: suspects.length, plan };
  }
  const asked = {
    suspects: suspects.slice(0, CONFIRMED_AT_ONCE),
    order: scan.lastOrder,
    witness,
    likelyGone: true,
  };
  const { calls: _, believed, ...confirmed } = await confirmGone(context, held, asked);
  if (!believed) {
    const { plan } = await holdDeletion(context, deletion, 'unconfirmed');
    return { ...confirmed, removals: elsewhere, held: suspects.length, plan, more: false };
  }
  const more = suspects.length > CONFIRMED_AT_ONCE;
  const gone = Object.keys(confirmed.removals);
  const plan = await passBrake(context, { ...deletion, ids: gone });
  if (plan !== undefined) return { ...confirmed, removals: elsewhere, held: gone.length, plan: plan.plan, more: false };
  return { ...confirmed, removals: { ...elsewhere, ...confirmed.removals }, held: 0, more };
}

/** A scan that saw nothing at all proves nothing: only a person can tell that there is nothing. */
function unwitnessed(witness: string | undefined, { wish }: CompleteScan): BrakeRule | undefined {
  return witness === undefined && wish?.approved === undefined ? 'unconfirmed' : undefined;
}

/** Measured by the records that belong to the partition. */
function deletionOf(
  { key, state }: Held,
  { run, wish }: CompleteScan,
  suspects: readonly CachedVersion[],
  moved: number,
): Deletion {
  const ids = suspects.map(({ record }) => record);
  return { key, ids, cached: state.count - moved, run, ...(wish === undefined ? {} : { wish }) };
}
