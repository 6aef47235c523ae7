import type { Instant } from './instant.ts';
import type { PartitionKey } from './names.ts';

/** Why records are to leave the cache. */
export type PlanReason =
  /** A complete scan did not see them, and a query by id did not find them. */
  | 'absent'
  /** The source no longer lists the partition. */
  | 'partition-gone'
  | 'connection-removed'
  | 'connection-disabled'
  /** Its connection's policy takes the stream out. */
  | 'stream-disabled'
  /** The cache holds keys of a partition that nobody keeps. */
  | 'orphaned-keys';

/** Which rule holds a plan back; `deletion-brake.ts`. */
export type BrakeRule =
  | 'share-of-partition'
  | 'empties-partition'
  | 'half-of-partition'
  | 'connection-day'
  /** The source no longer finds what it had just shown: a right may have been taken away. */
  | 'unconfirmed'
  | 'lifecycle';

export type PlanState = 'held' | 'approved' | 'applied' | 'discarded' | 'expired';

export const PLAN_STATES: readonly PlanState[] = ['held', 'approved', 'applied', 'discarded', 'expired'];

/**
 * A deletion that waits for a person. Approving it does not replay it: the absence is established anew, by another
 * complete scan and another query by id, and up to `removals` records may then leave. For a lifecycle plan
 * `partition` is what leaves as a whole; `*` stands for every partition of the stream.
 */
export interface DeletionPlan extends PartitionKey {
  /** A run id: plans sort by the time they were made. */
  readonly plan: string;
  readonly reason: PlanReason;
  readonly rule: BrakeRule;
  readonly state: PlanState;
  readonly removals: number;
  /** Records in the cache when the plan was made. */
  readonly cached: number;
  /** Ids of some of the records. */
  readonly sample: readonly string[];
  /** This machine's clock, as all that follow. */
  readonly createdAt: Instant;
  /** From then on it can no longer be approved: what it saw is too old. */
  readonly expiresAt: Instant;
  readonly decidedAt?: Instant;
  /** The run that found it, or carries it out. */
  readonly run?: string;
}

export const PLAN_LIFETIME_MS = 7 * 86_400_000;
export const PLAN_SAMPLE = 20;

/** The state as it stands now: a plan nobody decided about expires by itself. */
export function planStateAt(plan: DeletionPlan, now: Instant): PlanState {
  return plan.state === 'held' && plan.expiresAt <= now ? 'expired' : plan.state;
}
