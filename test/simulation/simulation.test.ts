import { describe, expect, it } from 'vitest';
import { composeHistory } from './compose-history.ts';
import { FAULT_FAMILIES } from './history.ts';
import { reportFailure } from './report-failure.ts';
import { runHistory } from './run-history.ts';
import { deepSeeds, spreadSeeds } from './spread-seeds.ts';

const DEEP = process.env.TIDEMARK_DEEP === '1';
const SEEDS = DEEP ? deepSeeds() : 300;
const TIMEOUT_MS = DEEP ? 1_200_000 : 180_000;

const hashOf = async (seed: number): Promise<string> => (await runHistory(composeHistory(seed), 1)).hash;

describe('simulated histories', () => {
  it('happen again, step by step, from the same seed, and differently from another', { timeout: 60_000 }, async () => {
    const seeds = [3, 14, 159];
    const first: string[] = [];
    const second: string[] = [];
    for (const seed of seeds) first.push(await hashOf(seed));
    for (const seed of seeds) second.push(await hashOf(seed));
    expect(second).toEqual(first);
    expect(new Set(first).size).toBe(seeds.length);
  });

  it(`keep every invariant under every fault, over ${SEEDS} seeds`, { timeout: TIMEOUT_MS }, async () => {
    const startedMs = performance.now();
    const { failing, virtualMs } = await spreadSeeds(1, SEEDS);
    const seconds = (performance.now() - startedMs) / 1_000;
    const rates = `${(SEEDS / seconds).toFixed(0)} seeds/s, ${(virtualMs / 3_600_000 / seconds).toFixed(0)} virtual hours/s`;
    process.stdout.write(`simulated ${SEEDS} seeds in ${seconds.toFixed(0)} s: ${rates}\n`);
    const [worst] = failing;
    if (worst === undefined) return;
    const report = await reportFailure(composeHistory(worst), { families: new Set(FAULT_FAMILIES) });
    expect.fail(`${failing.length} of ${SEEDS} seeds fail: ${failing.slice(0, 20).join(', ')}\n${report}`);
  });
});
