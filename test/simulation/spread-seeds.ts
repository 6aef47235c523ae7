import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SIMULATE = ['--import', './test/support/lua-as-text.ts', './test/simulation/main.ts', '--summary'];

/** How many histories a long search takes: 10,000, or as many as `TIDEMARK_SEEDS` says. */
export function deepSeeds(): number {
  return Number(process.env.TIDEMARK_SEEDS ?? 10_000);
}

/** What came of a range of seeds. */
export interface Summary {
  readonly seeds: number;
  readonly failing: readonly number[];
  readonly virtualMs: number;
}

/** Runs seeds `first` and up in two processes of their own, each every other one, of the library or of a vendor. */
export async function spreadSeeds(first: number, seeds: number, vendor?: string): Promise<Summary> {
  const options = vendor === undefined ? [] : ['--vendor', vendor];
  const parts = await Promise.all(
    [0, 1].map((offset) => runPart(first + offset, Math.ceil((seeds - offset) / 2), options)),
  );
  return {
    seeds: parts.reduce((sum, part) => sum + part.seeds, 0),
    failing: parts.flatMap((part) => part.failing).toSorted((a, b) => a - b),
    virtualMs: parts.reduce((sum, part) => sum + part.virtualMs, 0),
  };
}

async function runPart(first: number, seeds: number, options: readonly string[]): Promise<Summary> {
  const range = ['--from', String(first), '--seeds', String(seeds), '--every', '2', ...options];
  const { stdout } = await run(process.execPath, [...SIMULATE, ...range], { timeout: 2_400_000 });
  const summary: Summary = JSON.parse(stdout);
  return summary;
}
