import type { DeletionPlan, PlanState } from '../../lib/domain/deletion-plan.ts';
import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { PlanFilter, PlanStore } from '../../lib/ports/plan-store.ts';

const KEPT_MS = 90 * 86_400_000;

/** Instances that share `plans` behave like processes that share a table. */
export class InMemoryPlanStore implements PlanStore {
  readonly #clock: Clock;
  readonly #plans: Map<string, DeletionPlan>;

  constructor(clock: Clock, plans: Map<string, DeletionPlan> = new Map()) {
    this.#clock = clock;
    this.#plans = plans;
  }

  /** Another process on the same table. */
  another(): InMemoryPlanStore {
    return new InMemoryPlanStore(this.#clock, this.#plans);
  }

  async hold(plan: DeletionPlan): Promise<DeletionPlan> {
    const known = this.#heldFor(plan, plan.reason) ?? this.#find(plan.plan, [plan.connection]);
    if (known !== undefined && known.state !== 'held') return known;
    const { plan: id, createdAt } = known ?? plan;
    const held: DeletionPlan = { ...plan, plan: id, createdAt, state: 'held' };
    this.#write(held);
    return held;
  }

  async find(plan: string, connections: readonly string[]): Promise<DeletionPlan | undefined> {
    return this.#find(plan, connections);
  }

  async list(filter: PlanFilter): Promise<readonly DeletionPlan[]> {
    return this.#kept()
      .filter(({ connection }) => connection === filter.connection)
      .filter(({ state }) => filter.state === undefined || state === filter.state)
      .toSorted((a, b) => (a.plan > b.plan ? -1 : 1))
      .slice(0, filter.limit);
  }

  async decide(
    plan: DeletionPlan,
    from: PlanState,
    to: PlanState,
    at: Instant,
    run?: string,
  ): Promise<DeletionPlan | undefined> {
    const known = this.#find(plan.plan, [plan.connection]);
    if (known?.state !== from) return undefined;
    const decided = { ...known, state: to, decidedAt: known.decidedAt ?? at, ...(run !== undefined && { run }) };
    this.#write(decided);
    return decided;
  }

  async heldFor(key: PartitionKey, reason: DeletionPlan['reason']): Promise<DeletionPlan | undefined> {
    return this.#heldFor(key, reason);
  }

  #find(plan: string, connections: readonly string[]): DeletionPlan | undefined {
    return this.#kept().find((known) => known.plan === plan && connections.includes(known.connection));
  }

  #heldFor(key: PartitionKey, reason: DeletionPlan['reason']): DeletionPlan | undefined {
    return this.#kept().find(
      (plan) =>
        plan.state === 'held' &&
        plan.reason === reason &&
        plan.connection === key.connection &&
        plan.stream === key.stream &&
        plan.partition === key.partition,
    );
  }

  #write(plan: DeletionPlan): void {
    this.#plans.set(`${plan.connection}#${plan.plan}`, plan);
  }

  #kept(): readonly DeletionPlan[] {
    const now = this.#clock.now();
    const keptUntil = ({ decidedAt, expiresAt }: DeletionPlan) => plusMs(decidedAt ?? expiresAt, KEPT_MS);
    return [...this.#plans.values()].filter((plan) => keptUntil(plan) > now);
  }
}
