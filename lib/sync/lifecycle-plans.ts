import { type DeletionPlan, PLAN_LIFETIME_MS, type PlanReason, planStateAt } from '../domain/deletion-plan.ts';
import { type Instant, msBetween, plusMs } from '../domain/instant.ts';
import type { PartitionKey } from '../domain/names.ts';
import { newRunId } from './new-run-id.ts';
import type { SyncPorts } from './sync-context.ts';

const KEPT_AFTER_DISCARD_MS = 30 * 86_400_000;

export type PlanPorts = Pick<SyncPorts, 'plans' | 'clock' | 'randomness' | 'telemetry'>;

/** What a whole partition, or (`*`) a whole stream, would take out of the cache. */
export interface Leaving {
  readonly key: PartitionKey;
  readonly reason: Exclude<PlanReason, 'absent'>;
  readonly records: number;
}

/**
 * Holds a plan for what nobody keeps any more, always for a person: that a source no longer lists something may be a
 * right that was taken away. Nothing is written when the same plan is held already.
 */
export async function holdLifecycle(ports: PlanPorts, { key, reason, records }: Leaving): Promise<void> {
  const now = ports.clock.now();
  const held = await ports.plans.heldFor(key, reason);
  if (held !== undefined && planStateAt(held, now) === 'held') return;
  if (await wasDiscarded(ports, { key, reason }, now)) return;
  const plan: DeletionPlan = {
    ...key,
    plan: newRunId(ports),
    reason,
    rule: 'lifecycle',
    state: 'held',
    removals: records,
    cached: records,
    sample: [],
    createdAt: now,
    expiresAt: plusMs(now, PLAN_LIFETIME_MS),
  };
  await ports.plans.hold(plan);
  ports.telemetry.metric('PlansHeld', 1, { connection: key.connection, stream: key.stream });
  ports.telemetry.log('warn', 'what nobody keeps any more waits to be removed', {
    ...key,
    plan: plan.plan,
    reason,
    records,
  });
}

/** Who has decided to keep something is not asked again every hour. */
async function wasDiscarded(
  ports: PlanPorts,
  { key, reason }: Pick<Leaving, 'key' | 'reason'>,
  now: Instant,
): Promise<boolean> {
  const discarded = await ports.plans.list({ connection: key.connection, state: 'discarded', limit: 100 });
  return discarded.some(
    (plan) =>
      plan.stream === key.stream &&
      plan.partition === key.partition &&
      plan.reason === reason &&
      msBetween(now, plan.decidedAt ?? plan.createdAt) < KEPT_AFTER_DISCARD_MS,
  );
}

/** What came back is not to leave any more. */
export async function releaseLifecycle(ports: PlanPorts, key: PartitionKey, reason: PlanReason): Promise<void> {
  const held = await ports.plans.heldFor(key, reason);
  if (held !== undefined) await ports.plans.decide(held, 'held', 'expired', ports.clock.now());
}
