import type { DeletionPlan, PlanState } from '../domain/deletion-plan.ts';
import type { Instant } from '../domain/instant.ts';
import type { PartitionKey } from '../domain/names.ts';

export interface PlanFilter {
  readonly connection: string;
  readonly state?: PlanState;
  /** 1 to 100. */
  readonly limit: number;
}

/** Deletion plans, kept 90 days. At most one plan per partition and reason is held: a later one takes its place. */
export interface PlanStore {
  /**
   * Remembers a held plan. One that is held already for the same partition and reason is replaced and keeps its id and
   * the time it was made. A plan that was decided meanwhile stays as it is when it is held a second time, under the
   * same id. @returns the plan as it is kept
   */
  hold(plan: DeletionPlan): Promise<DeletionPlan>;
  /** Looks under these connections. */
  find(plan: string, connections: readonly string[]): Promise<DeletionPlan | undefined>;
  /** Newest first. States as stored: whether a held one has expired is for the caller to see. */
  list(filter: PlanFilter): Promise<readonly DeletionPlan[]>;
  /**
   * Moves a plan on from `from`, once; `decidedAt` is when it ceased to be held.
   * @returns the plan, or `undefined` when it was not in that state any more
   */
  decide(
    plan: DeletionPlan,
    from: PlanState,
    to: PlanState,
    at: Instant,
    run?: string,
  ): Promise<DeletionPlan | undefined>;
  /** The held plan of a partition for a reason, if there is one. */
  heldFor(key: PartitionKey, reason: DeletionPlan['reason']): Promise<DeletionPlan | undefined>;
}
