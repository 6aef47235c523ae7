import { type DeletionPlan, type PlanState, planStateAt } from '../domain/deletion-plan.ts';
import type { SyncPorts } from './sync-context.ts';

type PlanPorts = Pick<SyncPorts, 'plans' | 'clock'>;

/** Most that one connection is asked for. */
const LISTED = 100;

/** Deletion plans of these connections, newest first, each in the state it is in now. */
export async function listPlans(
  ports: PlanPorts,
  connections: readonly string[],
  state: PlanState | undefined,
  limit: number,
): Promise<readonly DeletionPlan[]> {
  const listings = await Promise.all(
    connections.flatMap((connection) =>
      storedStates(state).map((stored) => ports.plans.list({ connection, limit: LISTED, ...stored })),
    ),
  );
  const plans = listings.flat().map((plan) => asOfNow(ports, plan));
  const wanted = state === undefined ? plans : plans.filter((plan) => plan.state === state);
  // Plan ids sort by the time they were made.
  return wanted.toSorted((a, b) => (a.plan < b.plan ? 1 : -1)).slice(0, limit);
}

/** @returns `undefined` for a plan that never was, or is no longer kept */
export async function getPlan(
  ports: PlanPorts,
  plan: string,
  connections: readonly string[],
): Promise<DeletionPlan | undefined> {
  const found = await ports.plans.find(plan, connections);
  return found && asOfNow(ports, found);
}

/** A plan expires by itself: nothing writes down that it has. */
function storedStates(state: PlanState | undefined): readonly { readonly state?: PlanState }[] {
  if (state === undefined) return [{}];
  return state === 'expired' ? [{ state: 'held' }, { state }] : [{ state }];
}

function asOfNow({ clock }: PlanPorts, plan: DeletionPlan): DeletionPlan {
  return { ...plan, state: planStateAt(plan, clock.now()) };
}
