import { approvePlans, audit } from '../audit.ts';
import { type History, isOfCache, type Step } from '../history.ts';
import { unfinished } from '../monitors/convergence.ts';
import { describe, type HistoryEnd } from '../run-history.ts';
import { VendorSimulation } from './vendor-simulation.ts';
import { resumeAll, VendorSteps } from './vendor-steps.ts';
import type { VendorDifference } from './vendor-truth.ts';
import type { VendorSubject } from './vendors.ts';

const CYCLE_MS = 300_000;
/** Whatever failed is tried again within an hour, and a dead worker's message comes back within twelve minutes. */
const PATIENCE_CYCLES = 18;
const REST_MS = 130_000;
const DAY_MS = 86_400_000;
const AUDIT_CYCLES = 6;

/** Lets a history happen to a vendor's own source, until after an audit nothing may differ any more. */
export async function runVendorHistory(subject: VendorSubject, history: History, keptLines = 0): Promise<HistoryEnd> {
  const simulation = new VendorSimulation(subject.make, history, keptLines);
  const { timeline, trace, machinery, verdicts } = simulation;
  const steps = new VendorSteps(simulation);
  for (const step of history.steps) {
    timeline.at(step.atMs, () => {
      if (step.kind !== 'schedule') trace.say(timeline.nowMs, describe(step));
      steps.take(step);
    });
  }
  await timeline.runUntil(history.quietAtMs);
  steps.quieten();
  if (history.steps.some(spendsTheDay)) await timeline.runUntil(timeline.nowMs + DAY_MS);
  machinery.plan('discover');
  await cycles(simulation, PATIENCE_CYCLES);
  expectFinished(simulation, 'after the last cycles');
  if (!history.steps.some(isOfCache)) expectDeltas(simulation, subject);
  if (!timeline.stopped) audit(machinery);
  await cycles(simulation, AUDIT_CYCLES);
  if (!timeline.stopped && approvePlans(machinery, simulation.state) > 0) await cycles(simulation, AUDIT_CYCLES);
  expectFinished(simulation, 'after the audit');
  const wrong = simulation.truth.differences();
  if (wrong.length > 0) verdicts.report('I1', `after the audit: ${listed(wrong)}`);
  return {
    violation: verdicts.first,
    hash: trace.hash,
    virtualMs: timeline.nowMs,
    portCalls: machinery.workers.calls,
    lines: trace.lines,
  };
}

/** Nobody asks again before the vendor's midnight. */
function spendsTheDay(step: Step): boolean {
  return step.kind === 'answers' && step.wrong === 'quota-spent';
}

async function cycles(simulation: VendorSimulation, count: number): Promise<void> {
  const { timeline, machinery } = simulation;
  for (let cycle = 0; cycle < count; cycle += 1) {
    if (timeline.stopped) return;
    machinery.plan('plan');
    await timeline.runUntil(timeline.nowMs + CYCLE_MS);
    if (cycle !== count >> 1) continue;
    machinery.queues.redrive();
    resumeAll(simulation);
    // Not in the midst of a cycle, whose calls leave none to others.
    timeline.after(REST_MS, () => machinery.plan('discover'));
  }
  // Whoever has just begun comes to an end.
  await timeline.runUntil(timeline.nowMs + REST_MS);
}

/** I1: what deltas show has been dealt with; all else may wait for the audit. */
function expectDeltas({ truth, verdicts }: VendorSimulation, subject: VendorSubject): void {
  const { deltasShowChanges, deltasShowRemovals } = subject;
  const wrong = truth.differences().filter(({ what }) => (what === 'extra' ? deltasShowRemovals : deltasShowChanges));
  if (wrong.length > 0) verdicts.report('I1', `after the last cycles: ${listed(wrong)}`);
}

function expectFinished({ machinery, state, verdicts }: VendorSimulation, when: string): void {
  const { queues, workers } = machinery;
  const left = unfinished({ state, queues, workers });
  if (left.length > 0) verdicts.report('liveness', `${when}: ${left.join('; ')}`);
}

function listed(found: readonly VendorDifference[]): string {
  return found
    .slice(0, 5)
    .map(({ name, what }) => `${name} ${what}`)
    .join(', ');
}
