import type * as z from 'zod/mini';
import type { DeletionPlan } from '../../../lib/domain/deletion-plan.ts';
import { WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { applyPlan, discardPlan, type PlanDecided } from '../../../lib/sync/decide-plan.ts';
import { knownConnections } from '../../../lib/sync/known-connections.ts';
import { getPlan, listPlans } from '../../../lib/sync/list-plans.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Checked, ok, refused } from '../problem.ts';
import { type ApiResponse, jsonResponse } from '../response.ts';
import { defineRoute } from '../router.ts';
import type { PlanDecidedView, PlanListView, PlanView } from '../schemas/plan.ts';
import { nothing, planQuery } from '../schemas/requests.ts';
import { planView } from '../views/plan-view.ts';

export function planRoutes(deps: ApiDependencies) {
  const read = { method: 'GET', scope: 'read', body: nothing } as const;
  const decide = { method: 'POST', scope: 'operate', query: nothing, body: nothing } as const;
  return [
    defineRoute({
      ...read,
      name: 'listPlans',
      path: '/v1/plans',
      query: planQuery,
      handle: ({ query }) => list(deps, query),
    }),
    defineRoute({
      ...read,
      name: 'getPlan',
      path: '/v1/plans/{plan}',
      query: nothing,
      handle: ({ path }) => show(deps, path.plan ?? ''),
    }),
    defineRoute({
      ...decide,
      name: 'applyPlan',
      path: '/v1/plans/{plan}/apply',
      handle: async ({ path }) => answerOf(await applyPlan(deps, deps.sources, path.plan ?? '')),
    }),
    defineRoute({
      ...decide,
      name: 'discardPlan',
      path: '/v1/plans/{plan}/discard',
      handle: async ({ path }) => answerOf(await discardPlan(deps, deps.sources, path.plan ?? '')),
    }),
  ];
}

async function list(deps: ApiDependencies, query: z.infer<typeof planQuery>): Promise<Checked<ApiResponse>> {
  const { connection, state, limit } = query;
  const known = await knownConnections(deps, deps.sources);
  if (connection !== undefined && !known.includes(connection)) {
    return refused('unknown-connection', 'GET /v1/status shows all connections.');
  }
  const plans = await listPlans(deps, connection === undefined ? known : [connection], state, limit);
  return ok(jsonResponse(200, { plans: plans.map(planView) } satisfies PlanListView));
}

async function show(deps: ApiDependencies, id: string): Promise<Checked<ApiResponse>> {
  const plan = await getPlan(deps, id, await knownConnections(deps, deps.sources));
  return plan === undefined ? refusedAsUnknown() : ok(jsonResponse(200, planView(plan) satisfies PlanView));
}

function answerOf(decided: PlanDecided): Checked<ApiResponse> {
  switch (decided.outcome) {
    case 'approved': {
      const view: PlanDecidedView = { plan: planView(decided.plan), run: decided.run ?? null };
      return ok(jsonResponse(202, view));
    }
    case 'discarded':
      return ok(jsonResponse(200, { plan: planView(decided.plan), run: null } satisfies PlanDecidedView));
    case 'unknown':
      return refusedAsUnknown();
    case 'expired':
      return refused(
        'plan-expired',
        `What it saw is too old, or a later scan found otherwise. ${askAgain(decided.plan)}`,
      );
    case 'decided':
      return refused('plan-decided', `It is ${decided.plan.state}. ${insteadOf(decided.plan)}`);
    case 'not-open':
      return refused(
        'connection-disabled',
        'The source must be read once more, and its connection is disabled, broken or removed: GET /v1/status.',
      );
    case 'queue-unavailable':
      return refused('unavailable', 'The plan is approved, but the queue took no message. Ask again in a moment.');
  }
}

function refusedAsUnknown() {
  return refused('unknown-plan', 'Plans are kept for 90 days. GET /v1/plans lists them.');
}

function insteadOf(plan: DeletionPlan): string {
  if (plan.state === 'discarded') return askAgain(plan);
  if (plan.run === undefined) return 'GET /v1/runs shows what became of it.';
  return `Its run is ${plan.run}: POST /v1/runs/{run}/cancel ends it, unless it has ended.`;
}

/** Where what a plan was made from can be looked at anew. */
function askAgain({ reason, connection, stream, partition }: DeletionPlan): string {
  if (reason !== 'absent') return 'The planner makes a new one as long as its reason lasts.';
  const path = [connection, stream, ...(partition === WHOLE_STREAM ? [] : [partition])].join('/');
  return `POST /v1/sync/${path} with {"mode":"full"} looks again, and makes a new plan if the records are still gone.`;
}
