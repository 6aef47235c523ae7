import type { DeletionPlan } from '../../../lib/domain/deletion-plan.ts';
import { toIso } from '../../../lib/domain/instant.ts';
import type { PlanView } from '../schemas/plan.ts';
import { isoOrNull, partitionOrNull } from './run-view.ts';

export function planView(plan: DeletionPlan): PlanView {
  return {
    plan: plan.plan,
    connection: plan.connection,
    stream: plan.stream,
    partition: partitionOrNull(plan.partition),
    reason: plan.reason,
    rule: plan.rule,
    state: plan.state,
    removals: plan.removals,
    cached: plan.cached,
    sample: [...plan.sample],
    createdAt: toIso(plan.createdAt),
    expiresAt: toIso(plan.expiresAt),
    decidedAt: isoOrNull(plan.decidedAt),
    run: plan.run ?? null,
  };
}
