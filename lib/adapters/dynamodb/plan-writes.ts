import { TABLE_KEYS } from '../../config/environment.ts';
import type { DeletionPlan, PlanReason, PlanState } from '../../domain/deletion-plan.ts';
import type { Instant } from '../../domain/instant.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { compact, type Item, number, optional, text } from './attributes.ts';
import { expiry } from './expiry.ts';
import { heldPlanItemKey, planItemKey } from './keys.ts';
import { encodeHeldPlan, PLAN_ITEM_VERSION, PLAN_KEPT_DAYS } from './plan-item.ts';
import type { Removal, Update } from './table.ts';

// At most one plan is held per partition and reason, although a plan is found by its id:
//
// - The plan's item, under its id, alone says what state the plan is in. Each change of it is one conditional write.
// - A pointer, one item per partition and reason, says which id a plan that is to be held has. Holding writes it first
//   and obeys what it says, so all who hold at once write to the same plan; deciding takes it away last, and only
//   while it still names the decided plan.
// - A crash in between leaves a pointer to a plan that does not exist or is decided. Nobody takes such a plan for
//   held, because its own item says otherwise. The next hold writes the missing one, under the id and the time it was
//   promised; is refused by the decided one, takes the pointer away and begins again.
// - A pointer never disappears while its plan is held: the table deletes both by the same instant, long after the plan
//   could last be approved.

const TTL = `#${TABLE_KEYS.ttl}`;
const BORN = '#v = if_not_exists(#v, :v)';
const VERSION: Item = { v: number(PLAN_ITEM_VERSION) };

export function pointerUpdate(plan: DeletionPlan): Update {
  return {
    key: heldPlanItemKey(plan, plan.reason),
    set: [BORN, '#pl = if_not_exists(#pl, :plan)', '#at = if_not_exists(#at, :at)', `${TTL} = :${TABLE_KEYS.ttl}`],
    values: {
      ...VERSION,
      ...expiry(plan.expiresAt, PLAN_KEPT_DAYS),
      plan: text(plan.plan),
      at: number(plan.createdAt),
    },
  };
}

/** Refused when the plan is decided. */
export function holdUpdate(plan: DeletionPlan): Update {
  const attributes = encodeHeldPlan(plan);
  return {
    key: planItemKey(plan.connection, plan.plan),
    set: [BORN, ...Object.keys(attributes).map((name) => `#${name} = :${name}`)],
    remove: plan.run === undefined ? ['#rn'] : [],
    condition: 'attribute_not_exists(#sa) OR #sa = :sa',
    values: { ...VERSION, ...attributes },
  };
}

/** The pointer, while it names this plan. */
export function pointerRemoval(key: PartitionKey, reason: PlanReason, plan: string): Removal {
  return { key: heldPlanItemKey(key, reason), condition: '#pl = :plan', values: { plan: text(plan) } };
}

export interface Decision {
  readonly from: PlanState;
  readonly to: PlanState;
  readonly at: Instant;
  readonly run: string | undefined;
  readonly token: string;
}

/** Refused when the plan is not, or no longer, in the state it is to leave. */
export function decideUpdate(plan: DeletionPlan, decision: Decision): Update {
  const { from, to, at, run, token } = decision;
  return {
    key: planItemKey(plan.connection, plan.plan),
    set: [
      '#sa = :to',
      '#da = if_not_exists(#da, :at)',
      '#ct = :token',
      `${TTL} = :${TABLE_KEYS.ttl}`,
      ...(run === undefined ? [] : ['#rn = :run']),
    ],
    condition: '#sa = :from',
    values: compact({
      ...expiry(at, PLAN_KEPT_DAYS),
      from: text(from),
      to: text(to),
      at: number(at),
      token: text(token),
      run: optional(run, text),
    }),
  };
}
