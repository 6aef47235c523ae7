import { clockText } from './engine/trace.ts';
import { FAULT_FAMILIES, type FaultFamily, type History } from './history.ts';
import { describe, runHistory } from './run-history.ts';
import { shrink } from './shrink.ts';

/** The command that lets the same history happen again. */
export function replayCommand(seed: number, families: ReadonlySet<FaultFamily>): string {
  const all = families.size === FAULT_FAMILIES.length;
  return `npm run simulate -- --seed ${seed}${all ? '' : ` --faults ${[...families].join(',')}`}`;
}

/** Everything a person needs to look into a failing seed: what broke, how to see it again, and the shortest way there. */
export async function reportFailure(
  history: History,
  families: ReadonlySet<FaultFamily>,
  keptLines = 40,
): Promise<string> {
  const end = await runHistory(history);
  if (end.violation === undefined) return `seed ${history.seed}: nothing is violated`;
  const shrunk = await shrink(history, end);
  const { violation, lines } = await runHistory(shrunk.history, keptLines);
  const steps = shrunk.history.steps.map((step) => `  ${clockText(step.atMs)} #${step.number} ${describe(step)}`);
  return [
    `seed ${history.seed} violates ${end.violation.property}: ${end.violation.detail}`,
    `replay: ${replayCommand(history.seed, families)}`,
    `setting: ${JSON.stringify(shrunk.history.setting)}`,
    `shrunk from ${history.steps.length} to ${steps.length} steps in ${shrunk.attempts} attempts:`,
    ...steps,
    `  ${clockText(violation?.atMs ?? 0)} violates ${violation?.property}: ${violation?.detail}`,
    `the last ${lines.length} things that happened:`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}
