import { describe, expect, it } from 'vitest';
import { composeHistory } from '../compose-history.ts';
import { FAULT_FAMILIES } from '../history.ts';
import { reportFailure, runnerOf } from '../report-failure.ts';
import { deepSeeds, spreadSeeds } from '../spread-seeds.ts';
import { VENDORS } from './vendors.ts';

const DEEP = process.env.TIDEMARK_DEEP === '1';
const NAMES = Object.keys(VENDORS);
/** Over all vendors. */
const SEEDS = DEEP ? deepSeeds() / 5 : 40;
const EACH = Math.ceil(SEEDS / NAMES.length);
const TIMEOUT_MS = DEEP ? 2_400_000 : 120_000;

const families = new Set(FAULT_FAMILIES);

describe.each(NAMES)('histories of a vendor that speaks as %s', (vendor) => {
  it('happen again from the same seed', async () => {
    const hashOf = async (seed: number) => (await runnerOf({ vendor, families })(composeHistory(seed), 1)).hash;
    const first = await hashOf(3);
    expect(await hashOf(3)).toBe(first);
    expect(await hashOf(14)).not.toBe(first);
  });

  it(`end with a cache that is equal to it, over ${EACH} seeds`, { timeout: TIMEOUT_MS }, async () => {
    const { failing } = await spreadSeeds(1, EACH, vendor);
    const [worst] = failing;
    if (worst === undefined) return;
    const report = await reportFailure(composeHistory(worst), { vendor, families });
    expect.fail(`${failing.length} of ${EACH} seeds fail: ${failing.slice(0, 20).join(', ')}\n${report}`);
  });
});
