import { clockText } from './engine/trace.ts';
import { FAULT_FAMILIES, type FaultFamily, type History } from './history.ts';
import { describe, type RunHistory, runHistory } from './run-history.ts';
import { shrink } from './shrink.ts';
import { runVendorHistory } from './vendors/run-vendor-history.ts';
import { VENDORS } from './vendors/vendors.ts';

/** What is simulated: the library that can do everything wrong, or a vendor's own protocol. */
export interface Subject {
  readonly vendor?: string;
  readonly families: ReadonlySet<FaultFamily>;
}

/** How histories of a subject are run. @throws RangeError when no such vendor is simulated */
export function runnerOf({ vendor }: Subject): RunHistory {
  if (vendor === undefined) return runHistory;
  const subject = VENDORS[vendor];
  if (subject === undefined) throw new RangeError(`"${vendor}" is none of ${Object.keys(VENDORS).join(', ')}`);
  return (history, keptLines) => runVendorHistory(subject, history, keptLines);
}

/** The command that lets the same history happen again. */
export function replayCommand(seed: number, { vendor, families }: Subject): string {
  const all = families.size === FAULT_FAMILIES.length;
  const options = [
    ...(vendor === undefined ? [] : [` --vendor ${vendor}`]),
    ...(all ? [] : [` --faults ${[...families].join(',')}`]),
  ];
  return `npm run simulate -- --seed ${seed}${options.join('')}`;
}

/** Everything a person needs to look into a failing seed: what broke, how to see it again, and the shortest way there. */
export async function reportFailure(history: History, subject: Subject, keptLines = 40): Promise<string> {
  const run = runnerOf(subject);
  const end = await run(history);
  if (end.violation === undefined) return `seed ${history.seed}: nothing is violated`;
  const shrunk = await shrink(history, end, run);
  const { violation, lines } = await run(shrunk.history, keptLines);
  const steps = shrunk.history.steps.map((step) => `  ${clockText(step.atMs)} #${step.number} ${describe(step)}`);
  return [
    `seed ${history.seed} violates ${end.violation.property}: ${end.violation.detail}`,
    `replay: ${replayCommand(history.seed, subject)}`,
    `setting: ${JSON.stringify(shrunk.history.setting)}`,
    `shrunk from ${history.steps.length} to ${steps.length} steps in ${shrunk.attempts} attempts:`,
    ...steps,
    `  ${clockText(violation?.atMs ?? 0)} violates ${violation?.property}: ${violation?.detail}`,
    `the last ${lines.length} things that happened:`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}
