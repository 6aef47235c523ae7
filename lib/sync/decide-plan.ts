import { type DeletionPlan, planStateAt } from '../domain/deletion-plan.ts';
import { partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { Run } from '../domain/run.ts';
import type { Sources } from '../ports/sources.ts';
import { announceRun } from './announce-run.ts';
import { knownConnections } from './known-connections.ts';
import { newRunId } from './new-run-id.ts';
import { isEnabled } from './planned-streams.ts';
import type { SyncPorts } from './sync-context.ts';

export type DecidePorts = Pick<
  SyncPorts,
  'plans' | 'partitions' | 'runs' | 'registry' | 'queue' | 'clock' | 'randomness' | 'telemetry'
>;

export type PlanDecided =
  /** It is, or was, carried out by `run`. */
  | { readonly outcome: 'approved'; readonly plan: DeletionPlan; readonly run: string | undefined }
  | { readonly outcome: 'discarded'; readonly plan: DeletionPlan }
  /** Somebody decided otherwise before. */
  | { readonly outcome: 'decided'; readonly plan: DeletionPlan }
  /** What it saw is too old to be acted upon, or a later scan did not find it any more. */
  | { readonly outcome: 'expired'; readonly plan: DeletionPlan }
  /** The source must be read once more, and its connection cannot be. */
  | { readonly outcome: 'not-open'; readonly plan: DeletionPlan }
  /** The plan is approved, but nobody is told: to be asked again. */
  | { readonly outcome: 'queue-unavailable'; readonly plan: DeletionPlan }
  | { readonly outcome: 'unknown' };

/**
 * Lets a held plan be carried out. The decision is written down first and what follows from it afterwards, so asking
 * again completes what was interrupted; asking for one that is applied already returns it.
 */
export async function applyPlan(ports: DecidePorts, sources: Sources, id: string): Promise<PlanDecided> {
  const found = await ports.plans.find(id, await knownConnections(ports, sources));
  if (found === undefined) return { outcome: 'unknown' };
  const state = planStateAt(found, ports.clock.now());
  if (state === 'expired') return { outcome: 'expired', plan: found };
  const waiting = state === 'held' || state === 'approved';
  if (waiting && found.reason === 'absent' && !(await isOpen(sources, found))) {
    return { outcome: 'not-open', plan: found };
  }
  const plan = state === 'held' ? await approve(ports, found) : found;
  switch (plan.state) {
    case 'approved':
      return plan.reason === 'absent' ? readAgain(ports, plan) : drop(ports, plan);
    case 'applied':
      return { outcome: 'approved', plan, run: plan.run };
    case 'held':
    case 'discarded':
    case 'expired':
      return { outcome: 'decided', plan };
  }
}

/** Turns a held plan down: its records stay, until a later scan finds them gone again. */
export async function discardPlan(ports: DecidePorts, sources: Sources, id: string): Promise<PlanDecided> {
  const found = await ports.plans.find(id, await knownConnections(ports, sources));
  if (found === undefined) return { outcome: 'unknown' };
  const decided =
    found.state === 'held' ? await ports.plans.decide(found, 'held', 'discarded', ports.clock.now()) : undefined;
  const plan = decided ?? (await asItIs(ports, found));
  const gone = plan.state === 'approved' || plan.state === 'applied';
  return { outcome: gone ? 'decided' : 'discarded', plan };
}

/** @returns the plan as it is afterwards: of two who decide at once, one wins */
async function approve(ports: DecidePorts, plan: DeletionPlan): Promise<DeletionPlan> {
  // A full that waits already will carry it: then the plan names that one.
  const waiting = plan.reason === 'absent' ? (await ports.partitions.read(keyOf(plan)))?.force : undefined;
  const run = waiting?.run ?? newRunId(ports);
  const approved = await ports.plans.decide(plan, 'held', 'approved', ports.clock.now(), run);
  return approved ?? asItIs(ports, plan);
}

async function asItIs(ports: DecidePorts, plan: DeletionPlan): Promise<DeletionPlan> {
  return (await ports.plans.find(plan.plan, [plan.connection])) ?? plan;
}

/** Asks for the complete scan that establishes the absence anew, and lets so many deletions pass the brake. */
async function readAgain(ports: DecidePorts, plan: DeletionPlan): Promise<PlanDecided> {
  const key = keyOf(plan);
  const named = plan.run ?? newRunId(ports);
  const known = await ports.runs.find(named, [plan.connection]);
  if (known?.plan === plan.plan && !hasFailed(known)) return { outcome: 'approved', plan, run: named };
  // A run that has begun without the approval does not carry it.
  const wanted = known === undefined || known.state === 'queued' ? named : newRunId(ports);
  const { run } = await ports.partitions.requestForce(key, wanted, { approved: plan.removals, plan: plan.plan });
  const entry = { ...key, run, trigger: 'plan', plan: plan.plan } as const;
  const task = key.partition === WHOLE_STREAM ? 'walk' : 'full';
  // Not sent, it is left to the planner: the force is remembered.
  await announceRun(ports, { ...entry, task }, { task: { ...key, task, run }, lane: 'priority' });
  return { outcome: 'approved', plan, run };
}

/** Nothing but the message tells a worker of it, so it is sent again as long as no worker has begun. */
async function drop(ports: DecidePorts, plan: DeletionPlan): Promise<PlanDecided> {
  const key = keyOf(plan);
  const run = plan.run ?? newRunId(ports);
  const known = await ports.runs.find(run, [plan.connection]);
  const begun = known !== undefined && known.state !== 'queued' && !hasFailed(known);
  if (begun) return { outcome: 'approved', plan, run };
  const sent = await announceRun(
    ports,
    { ...key, run, task: 'drop', trigger: 'plan', plan: plan.plan },
    { task: { ...key, task: 'drop', plan: plan.plan }, lane: 'priority' },
  );
  return sent ? { outcome: 'approved', plan, run } : { outcome: 'queue-unavailable', plan };
}

function hasFailed({ state, outcome }: Run): boolean {
  return state === 'ended' && outcome !== 'succeeded' && outcome !== 'partial';
}

async function isOpen(sources: Sources, { connection, stream }: DeletionPlan): Promise<boolean> {
  const { open } = await sources.list();
  const found = open.find((candidate) => candidate.connection.id === connection);
  return found?.streams.some((candidate) => candidate.name === stream && isEnabled(found, candidate)) ?? false;
}

function keyOf(plan: DeletionPlan) {
  return partitionKey(plan, plan.partition);
}
