import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalHost } from '../host.ts';
import type { SimulatedAccount, TrueStream } from './accounts/simulated-account.ts';
import { type Comparison, compareRecords } from './compare-records.ts';
import { type Costs, costTable, readCosts, type SourceCallCounts, spentBetween, thousands } from './costs.ts';
import type { Screen } from './screen.ts';
import { EXIT, StartError } from './start-error.ts';
import { readProgress } from './stream-progress.ts';

/**
 * At this speed a five-minute interval lasts 1.5 s: short enough to run and count each cycle by itself, long enough that
 * what a cycle has just asked for is not taken for overdue in the same cycle.
 */
export const STEPPING_SPEED = 200;
/** Calls a day that no stepping comes near: the interval then follows the speed alone. */
export const STEPPING_CALLS_PER_DAY = 1_000_000;

const SETTLE_TIMEOUT_MS = 120_000;
const DUE_AGAIN_MS = 1_500;
const MOST_CYCLES = 10;
const SHOWN_DIFFERENCES = 5;

/**
 * Loads everything from the simulated accounts, compares record by record, then counts an idle cycle, a cycle with changes
 * and the idle cycle after it, and compares again.
 * @returns the exit code. @throws StartError with the reason when a phase does not end
 */
export async function runOnceSimulated(
  host: LocalHost,
  accounts: readonly SimulatedAccount[],
  screen: Screen,
): Promise<number> {
  const phases: { readonly name: string; readonly costs: Costs }[] = [];
  const measure = async (name: string, work: () => Promise<void>): Promise<void> => {
    screen.say(`  ${name} …`);
    const before = await readCosts(host, callsOf(accounts));
    await work();
    phases.push({ name, costs: spentBetween(before, await readCosts(host, callsOf(accounts))) });
  };
  await measure('first load', () => load(host));
  const loaded = await compareAll(host, accounts);
  await measure('idle cycle', () => cycle(host));
  await measure('changes', async () => {
    for (const account of accounts) account.change();
    await cycle(host);
  });
  await measure('idle cycle after', () => cycle(host));
  const compared = loaded.every(isEqual) ? await compareAll(host, accounts) : loaded;
  screen.say(`\n${costTable(phases, screen.color)}\n`);
  for (const one of compared) sayCompared(one, screen);
  return compared.every(isEqual) ? EXIT.ok : EXIT.failed;
}

function callsOf(accounts: readonly SimulatedAccount[]): SourceCallCounts {
  const calls = accounts.map((account) => account.calls());
  return {
    records: calls.reduce((sum, { records }) => sum + records, 0),
    others: calls.reduce((sum, { others }) => sum + others, 0),
  };
}

/** As many cycles as it takes; a healthy system needs one. */
async function load(host: LocalHost): Promise<void> {
  for (let count = 0; count < MOST_CYCLES; count += 1) {
    await cycle(host);
    const progress = await readProgress(host);
    if (progress.broken.length > 0) throw new StartError(progress.broken.join('; '));
    if (progress.complete) return;
  }
  const { waiting } = await readProgress(host);
  throw new StartError(`the first load is not complete after ${MOST_CYCLES} cycles: ${waiting.join('; ')}`);
}

async function cycle(host: LocalHost): Promise<void> {
  await plan(host);
  try {
    await host.settle(SETTLE_TIMEOUT_MS);
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : 'the queues do not settle');
  }
  await sleep(DUE_AGAIN_MS);
}

async function plan(host: LocalHost): Promise<void> {
  const result = await host.fire('plan');
  if (result.outcome === 'failed') throw new StartError(`the planner failed: ${result.error.errorMessage}`);
}

interface ComparedStream extends Comparison {
  readonly truth: TrueStream;
}

async function compareAll(host: LocalHost, accounts: readonly SimulatedAccount[]): Promise<readonly ComparedStream[]> {
  const compared: ComparedStream[] = [];
  for (const truth of accounts.flatMap((account) => account.truth())) {
    const comparison = await compareRecords(host.endpoints.redis, truth, truth.partitions, truth.records);
    compared.push({ ...comparison, truth });
  }
  return compared;
}

function isEqual({ equal, differences, truth }: ComparedStream): boolean {
  return differences.length === 0 && equal === truth.records.length;
}

function sayCompared(compared: ComparedStream, screen: Screen): void {
  const { equal, differences, truth } = compared;
  const { connection, stream, partitionKind, partitions, records } = truth;
  const kinds = partitions.length === 1 ? partitionKind : `${partitionKind}s`;
  const counts = `${thousands(equal)} of ${thousands(records.length)} records in ${partitions.length} ${kinds}`;
  if (isEqual(compared)) {
    screen.say(`equal: ${counts} (${connection}/${stream})`);
    return;
  }
  const shown = differences.slice(0, SHOWN_DIFFERENCES).join(', ');
  const more = differences.length > SHOWN_DIFFERENCES ? ', …' : '';
  screen.complain(`not equal: ${counts} (${connection}/${stream}); ${differences.length} differences: ${shown}${more}`);
}
