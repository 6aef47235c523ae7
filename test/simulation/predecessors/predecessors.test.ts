import { expect, it } from 'vitest';
import { composeHistory } from '../compose-history.ts';
import { runHistory } from '../run-history.ts';
import { ORDERS_PREDECESSOR, runPredecessor, ZOHO_PREDECESSOR } from './predecessor.ts';

const SEEDS = 60;

it('drift in most histories under the algorithms of both predecessors, and in none under ours', {
  timeout: 120_000,
}, async () => {
  const drifted = { zoho: 0, orders: 0, ours: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const history = composeHistory(seed);
    if ((await runPredecessor(history, ZOHO_PREDECESSOR)) > 0) drifted.zoho += 1;
    if ((await runPredecessor(history, ORDERS_PREDECESSOR)) > 0) drifted.orders += 1;
    if ((await runHistory(history)).violation?.property === 'I1') drifted.ours += 1;
  }
  const share = (count: number): string => `${((100 * count) / SEEDS).toFixed(0)} %`;
  process.stdout.write(
    `drifted histories: ${ZOHO_PREDECESSOR.name} ${share(drifted.zoho)}, ${ORDERS_PREDECESSOR.name} ${share(drifted.orders)}, ours ${share(drifted.ours)}\n`,
  );
  expect(drifted.zoho).toBeGreaterThan(0.9 * SEEDS);
  expect(drifted.orders).toBeGreaterThan(0.7 * SEEDS);
  expect(drifted.ours).toBe(0);
});
