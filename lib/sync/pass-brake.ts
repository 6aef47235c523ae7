import { allowedPerDay, brakeRule } from '../domain/deletion-brake.ts';
import { type BrakeRule, type DeletionPlan, PLAN_LIFETIME_MS, PLAN_SAMPLE } from '../domain/deletion-plan.ts';
import { plusMs } from '../domain/instant.ts';
import type { PartitionKey } from '../domain/names.ts';
import type { ForceWish } from '../domain/partition.ts';
import { newRunId } from './new-run-id.ts';
import type { StreamContext } from './sync-context.ts';

/** Records that would leave one partition. */
export interface Deletion {
  readonly key: PartitionKey;
  readonly ids: readonly string[];
  /** Records the partition has in the cache. */
  readonly cached: number;
  readonly run: string;
  readonly wish?: ForceWish;
}

/** Whether the partition's own brake holds the deletion; decided without a single read. */
export function heldByPartition({ ids, cached, wish }: Deletion): BrakeRule | undefined {
  return isApproved(ids.length, wish) ? undefined : brakeRule(ids.length, cached);
}

/**
 * Lets a deletion pass, and counts it against its connection's day, or holds it as a plan for a person.
 * @returns the plan that holds it; `undefined` when it may go ahead
 */
export async function passBrake(context: StreamContext, deletion: Deletion): Promise<DeletionPlan | undefined> {
  const { key, ids, wish } = deletion;
  if (ids.length === 0) return undefined;
  const rule = heldByPartition(deletion);
  if (rule !== undefined) return holdDeletion(context, deletion, rule);
  const allowed = isApproved(ids.length, wish) ? Number.MAX_SAFE_INTEGER : await allowedToday(context, ids.length);
  const counted = await context.deletions.reserve(key.connection, ids.length, allowed);
  return counted ? undefined : holdDeletion(context, deletion, 'connection-day');
}

export async function holdDeletion(
  context: StreamContext,
  { key, ids, cached, run }: Deletion,
  rule: BrakeRule,
): Promise<DeletionPlan> {
  const now = context.clock.now();
  const plan = await context.plans.hold({
    ...key,
    plan: newRunId(context),
    reason: 'absent',
    rule,
    state: 'held',
    removals: ids.length,
    cached,
    sample: ids.slice(0, PLAN_SAMPLE),
    createdAt: now,
    expiresAt: plusMs(now, PLAN_LIFETIME_MS),
    run,
  });
  context.telemetry.metric('PlansHeld', 1, { connection: key.connection, stream: key.stream });
  context.telemetry.log('error', 'deletions held: more than the brake allows', {
    ...key,
    plan: plan.plan,
    rule,
    deletions: ids.length,
    cached,
  });
  return plan;
}

/** A plan whose reason a later scan no longer finds waits for nobody any more; an approved one has been carried out. */
export async function closePlans(
  context: StreamContext,
  key: PartitionKey,
  wish: ForceWish | undefined,
): Promise<void> {
  const now = context.clock.now();
  if (wish?.plan !== undefined) {
    const approved = await context.plans.find(wish.plan, [key.connection]);
    if (approved !== undefined) await context.plans.decide(approved, 'approved', 'applied', now);
  }
  const held = await context.plans.heldFor(key, 'absent');
  if (held !== undefined) await context.plans.decide(held, 'held', 'expired', now);
}

function isApproved(removals: number, wish: ForceWish | undefined): boolean {
  return removals <= (wish?.approved ?? 0);
}

/** Measured by the records the connection had a day ago, or what has left since would lower the bound. */
async function allowedToday(context: StreamContext, removals: number): Promise<number> {
  const left = await context.deletions.lastDay(context.connection.connection.id);
  // So few are allowed however many records there are, which takes long to count.
  const least = allowedPerDay(0);
  if (left + removals <= least) return least;
  return allowedPerDay(left + (await connectionRecords(context)));
}

/** Records that the connection has in the cache, over all its streams. */
async function connectionRecords(context: StreamContext): Promise<number> {
  const connection = context.connection.connection.id;
  let records = 0;
  for (const { name } of context.connection.streams) {
    let cursor: string | undefined;
    do {
      const listing = await context.partitions.list({ connection, stream: name }, cursor);
      for (const { count } of listing.partitions) records += count;
      cursor = listing.next;
    } while (cursor !== undefined);
  }
  return records;
}
