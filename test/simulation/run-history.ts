import { setPause } from '../../lib/sync/set-pause.ts';
import { approvePlans, audit } from './audit.ts';
import type { History } from './history.ts';
import { type Difference, differences, heldShelves, isForAudit, unfinished } from './monitors/convergence.ts';
import { LIBRARY } from './monitors/state.ts';
import type { Violation } from './monitors/verdicts.ts';
import { Simulation } from './simulation.ts';
import { Steps } from './take-steps.ts';

export interface HistoryEnd {
  readonly violation: Violation | undefined;
  /** Equal for equal histories. */
  readonly hash: string;
  readonly virtualMs: number;
  readonly portCalls: number;
  readonly lines: readonly string[];
}

export type RunHistory = (history: History, keptLines?: number) => Promise<HistoryEnd>;

const CYCLE_MS = 300_000;

/** Whatever failed is tried again within an hour, and a dead worker's message comes back within twelve minutes. */
const PATIENCE_CYCLES = 18;

const REST_MS = 130_000;

const AUDIT_CYCLES = 5;

/** Lets a history happen, from the first load until nothing may differ any more. */
export async function runHistory(history: History, keptLines = 0): Promise<HistoryEnd> {
  const simulation = new Simulation(history, keptLines);
  const { timeline, trace, workers, verdicts } = simulation;
  const steps = new Steps(simulation);
  for (const step of history.steps) {
    timeline.at(step.atMs, () => {
      if (step.kind !== 'schedule') trace.say(timeline.nowMs, describe(step));
      steps.take(step);
    });
  }
  await timeline.runUntil(history.quietAtMs);
  steps.quieten();
  simulation.plan('discover');
  await cycles(simulation, PATIENCE_CYCLES, () => steps.askAgain());
  if (!timeline.stopped) expectDeltas(simulation);
  if (!timeline.stopped) audit(simulation);
  await cycles(simulation, AUDIT_CYCLES);
  if (!timeline.stopped && approvePlans(simulation, simulation.state) > 0) await cycles(simulation, AUDIT_CYCLES);
  if (!timeline.stopped) expectEqual(simulation);
  if (!timeline.stopped) await expectIdle(simulation);
  return {
    violation: verdicts.first,
    hash: trace.hash,
    virtualMs: timeline.nowMs,
    portCalls: workers.calls,
    lines: trace.lines,
  };
}

/** One step as a person reads it. */
export function describe({ kind, ...rest }: History['steps'][number]): string {
  const { number: _number, atMs: _atMs, ...details } = rest;
  return `${kind} ${JSON.stringify(details)}`;
}

async function cycles(simulation: Simulation, count: number, halfway: () => void = () => {}): Promise<void> {
  const { timeline } = simulation;
  for (let cycle = 0; cycle < count; cycle += 1) {
    if (timeline.stopped) return;
    simulation.plan('plan');
    await timeline.runUntil(timeline.nowMs + CYCLE_MS);
    if (count === 1 || cycle !== count >> 1) continue;
    tidyUp(simulation);
    halfway();
  }
  // Whoever has just begun comes to an end.
  await timeline.runUntil(timeline.nowMs + REST_MS);
}

/** What people and schedules do now and then; late effects of the dead may have undone it. */
function tidyUp(simulation: Simulation): void {
  simulation.queues.redrive();
  simulation.ask('resumed', (ports) => setPause(ports, [LIBRARY], false));
  // Not in the midst of a cycle, whose calls leave none to others.
  simulation.timeline.after(REST_MS, () => simulation.plan('discover'));
}

/** I1: what changed is there; deletions and losses may wait for the audit. */
function expectDeltas(simulation: Simulation): void {
  const { verdicts } = simulation;
  const wrong = differences(simulation).filter((difference) => !isForAudit(simulation, difference));
  if (wrong.length > 0) verdicts.report('I1', `after the last cycles: ${listed(wrong)}`);
  const left = unfinished(simulation);
  if (left.length > 0) verdicts.report('liveness', `after the last cycles: ${left.join('; ')}`);
}

/** I1 and I7: nothing differs. Deletions that the brake holds wait for a person, and are still there. */
function expectEqual(simulation: Simulation): void {
  const { verdicts } = simulation;
  const held = heldShelves(simulation);
  const wrong = differences(simulation).filter(({ shelf, what }) => !(what === 'extra' && held.has(shelf)));
  if (wrong.length > 0) verdicts.report('I1', `after the audit: ${listed(wrong)}`);
  const left = unfinished(simulation);
  if (left.length > 0) verdicts.report('liveness', `after the audit: ${left.join('; ')}`);
}

/** I5: what an idle cycle costs. */
async function expectIdle(simulation: Simulation): Promise<void> {
  const { server, cache, state, setting, verdicts } = simulation;
  if (setting.coverage === 'partition' || setting.failingShelf !== undefined || state.quarantined().size > 0) return;
  const before = { calls: server.requests, commands: cache.commands, partitions: state.partitions() };
  await cycles(simulation, 1);
  const calls = server.requests - before.calls;
  const commands = cache.commands - before.commands;
  const written = state.partitions().filter((partition) => !before.partitions.includes(partition)).length;
  if (calls !== 1 || commands !== 1 || written > 0) {
    verdicts.report('I5', `an idle cycle took ${calls} calls, ${commands} commands, ${written} partition writes`);
  }
}

function listed(found: readonly Difference[]): string {
  return found
    .slice(0, 5)
    .map(({ shelf, id, what }) => `${shelf}/${id} ${what}`)
    .join(', ');
}
