import { describe, expect, it } from 'vitest';
import { composeHistory } from './compose-history.ts';
import { FAULT_FAMILIES } from './history.ts';
import { reportFailure } from './report-failure.ts';
import { runHistory } from './run-history.ts';

const SEEDS = 200;
const ALL = new Set(FAULT_FAMILIES);

describe('simulated histories', () => {
  it('happen again, step by step, from the same seed', { timeout: 60_000 }, async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [await runHistory(composeHistory(seed), 1), await runHistory(composeHistory(seed), 1)];
      expect(second.hash).toBe(first.hash);
    }
    const hashes = [3, 14, 159].map(async (seed) => (await runHistory(composeHistory(seed), 1)).hash);
    expect(new Set(await Promise.all(hashes)).size).toBe(3);
  });

  it(`keep every invariant under every fault, over ${SEEDS} seeds`, { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const history = composeHistory(seed);
      const { violation } = await runHistory(history);
      if (violation !== undefined) expect.fail(await reportFailure(history, ALL));
    }
    expect(SEEDS).toBeGreaterThan(0);
  });
});
