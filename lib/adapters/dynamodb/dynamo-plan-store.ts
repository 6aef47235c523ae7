import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DeletionPlan, PlanState } from '../../domain/deletion-plan.ts';
import type { Instant } from '../../domain/instant.ts';
import type { PartitionKey } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PlanFilter, PlanStore } from '../../ports/plan-store.ts';
import { type Item, readInstant, readText, text } from './attributes.ts';
import { callToken } from './call-token.ts';
import { isExpired } from './expiry.ts';
import { heldPlanItemKey, PLAN_PREFIX, planItemKey } from './keys.ts';
import { readPlan } from './plan-item.ts';
import { decideUpdate, holdUpdate, pointerRemoval, pointerUpdate } from './plan-writes.ts';
import { StoreFailure } from './store-failure.ts';
import { Table } from './table.ts';

const HOLD_TRIES = 5;
const FILTERED_PAGE = 500;

/**
 * Deletion plans as items of one DynamoDB table, under their connection and in the order of their ids: by time.
 * `plan-writes.ts` says how at most one is held per partition and reason.
 */
export class DynamoPlanStore implements PlanStore {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, tableName: string, clock: Clock) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
  }

  async hold(plan: DeletionPlan): Promise<DeletionPlan> {
    for (let attempt = 1; attempt <= HOLD_TRIES; attempt += 1) {
      const promised = await this.#promise(plan);
      const held = await this.#table.update(holdUpdate(promised));
      if (held.outcome === 'written') return readPlan(held.item);
      // Decided, and whoever did so had no time to take the pointer away.
      await this.#table.removeIf(pointerRemoval(plan, plan.reason, promised.plan));
      // The very plan that was to be held, a second time.
      if (held.current && promised.plan === plan.plan) return readPlan(held.current);
    }
    throw new StoreFailure(`plans were decided during ${HOLD_TRIES} attempts to hold one`);
  }

  async find(plan: string, connections: readonly string[]): Promise<DeletionPlan | undefined> {
    const keys = [...new Set(connections)].map((connection) => planItemKey(connection, plan));
    const [found] = this.#kept(await this.#table.getMany(keys));
    return found;
  }

  async list(filter: PlanFilter): Promise<readonly DeletionPlan[]> {
    const found: DeletionPlan[] = [];
    let after: string | undefined;
    do {
      const page = await this.#table.list({
        pk: filter.connection,
        prefix: PLAN_PREFIX,
        after,
        descending: true,
        limit: filter.state === undefined ? filter.limit : FILTERED_PAGE,
        ...(filter.state !== undefined && { filter: '#sa = :state', values: { state: text(filter.state) } }),
      });
      found.push(...this.#kept(page.items));
      after = page.next;
    } while (after !== undefined && found.length < filter.limit);
    return found.slice(0, filter.limit);
  }

  async decide(
    plan: DeletionPlan,
    from: PlanState,
    to: PlanState,
    at: Instant,
    run?: string,
  ): Promise<DeletionPlan | undefined> {
    const token = callToken(this.#clock);
    const updated = await this.#table.update(decideUpdate(plan, { from, to, at, run, token }));
    const item = (updated.outcome === 'written' ? updated.item : updated.current) ?? {};
    // Refused, and yet decided by this very call: an answer was lost and the request repeated.
    if (updated.outcome === 'refused' && readText(item, 'ct') !== token) return undefined;
    const decided = readPlan(item);
    if (from === 'held') await this.#table.removeIf(pointerRemoval(decided, decided.reason, decided.plan));
    return decided;
  }

  async heldFor(key: PartitionKey, reason: DeletionPlan['reason']): Promise<DeletionPlan | undefined> {
    const id = readText((await this.#table.get(heldPlanItemKey(key, reason))) ?? {}, 'pl');
    const plan = id === undefined ? undefined : await this.find(id, [key.connection]);
    return plan?.state === 'held' ? plan : undefined;
  }

  /** The plan under the id and the time of the one that is held already, if there is one. */
  async #promise(plan: DeletionPlan): Promise<DeletionPlan> {
    const pointer = await this.#table.update(pointerUpdate(plan));
    const item = pointer.outcome === 'written' ? pointer.item : {};
    return {
      ...plan,
      plan: readText(item, 'pl') ?? plan.plan,
      createdAt: readInstant(item, 'at') ?? plan.createdAt,
    };
  }

  #kept(items: readonly Item[]): readonly DeletionPlan[] {
    const now = this.#clock.now();
    return items.filter((item) => !isExpired(item, now)).map(readPlan);
  }
}
