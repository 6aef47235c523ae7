import { setTimeout as sleep } from 'node:timers/promises';
import type { ZohoSimulator } from '../../../test/simulators/zoho-creator/zoho-simulator.ts';
import type { LocalHost } from '../host.ts';
import { type Comparison, compareRecords, type TrueRecord } from './compare-records.ts';
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

const CHANGES = { changes: 25, events: 5 };
const LAYOUT = { partitionKind: 'event', stream: 'registrations' };
const SETTLE_TIMEOUT_MS = 120_000;
const DUE_AGAIN_MS = 1_500;
const MOST_CYCLES = 10;
const SHOWN_DIFFERENCES = 5;

/**
 * Loads everything from the simulator, compares record by record, then counts an idle cycle, a cycle with changes and the
 * idle cycle after it, and compares again.
 * @returns the exit code. @throws StartError with the reason when a phase does not end
 */
export async function runOnceSimulated(host: LocalHost, simulator: ZohoSimulator, screen: Screen): Promise<number> {
  const phases: { readonly name: string; readonly costs: Costs }[] = [];
  const measure = async (name: string, work: () => Promise<void>): Promise<void> => {
    screen.say(`  ${name} …`);
    const before = await readCosts(host, callsOf(simulator));
    await work();
    phases.push({ name, costs: spentBetween(before, await readCosts(host, callsOf(simulator))) });
  };
  await measure('first load', () => load(host));
  const loaded = await compare(host, simulator);
  await measure('idle cycle', () => cycle(host));
  await measure(`${CHANGES.changes} changes in ${CHANGES.events} events`, async () => {
    simulator.control.changeBatch(CHANGES);
    await cycle(host);
  });
  await measure('idle cycle after', () => cycle(host));
  const compared = loaded.differences.length > 0 ? loaded : await compare(host, simulator);
  screen.say(`\n${costTable(phases, screen.color)}\n`);
  return conclude(compared, simulator, screen);
}

function callsOf(simulator: ZohoSimulator): SourceCallCounts {
  const { registrations, ...others } = simulator.control.calls();
  return { records: registrations, others: Object.values(others).reduce((sum, calls) => sum + calls, 0) };
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

function compare(host: LocalHost, { control }: ZohoSimulator): Promise<Comparison> {
  const truth = control.records().flatMap(({ id, event, body }): TrueRecord[] => {
    return event === null ? [] : [{ id, partition: event, body }];
  });
  const partitions = control.events().map(({ id }) => id);
  return compareRecords(host.endpoints.redis, LAYOUT, partitions, truth);
}

function conclude({ equal, differences }: Comparison, { control }: ZohoSimulator, screen: Screen): number {
  const [total, events] = [control.records().length, control.events().length];
  if (differences.length === 0 && equal === total) {
    screen.say(`equal: ${thousands(equal)} of ${thousands(total)} records in ${events} events`);
    return EXIT.ok;
  }
  const shown = differences.slice(0, SHOWN_DIFFERENCES).join(', ');
  const more = differences.length > SHOWN_DIFFERENCES ? ', …' : '';
  screen.complain(
    `not equal: ${thousands(equal)} of ${thousands(total)} records in ${events} events; ${differences.length} differences: ${shown}${more}`,
  );
  return EXIT.failed;
}
