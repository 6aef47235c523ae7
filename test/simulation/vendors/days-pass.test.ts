import { describe, expect, it } from 'vitest';
import { makeClinikoVendor } from '../../simulators/cliniko/cliniko-vendor.ts';
import { SeededRandom } from '../../simulators/seeded-random.ts';
import { composeHistory } from '../compose-history.ts';
import { VendorSimulation } from './vendor-simulation.ts';

const HOUR_MS = 3_600_000;
const CYCLE_MS = 300_000;
const DAYS = 12;

/** One thing of any kind, at one of the vendor's streams. */
function somethingHappens({ vendor }: VendorSimulation, random: SeededRandom): void {
  const stream = random.pick(vendor.streams);
  const [record] = random.sample(stream.records(), 1);
  const choice = random.integer(6);
  if (record === undefined || choice < 2) stream.insert('');
  else if (choice < 4) stream.remove(record.id);
  else stream.edit(record.id);
}

/** What belongs into the cache changes by itself when a day has passed. */
describe('a cache of the days around today', () => {
  it.each([1, 2])(
    'is equal to them day after day, though appointments leave and come back unchanged (%i)',
    async (seed) => {
      const history = composeHistory(seed, new Set());
      const setting = { ...history.setting, lagMs: 0, skewMs: 0 };
      const simulation = new VendorSimulation(makeClinikoVendor, { ...history, setting }, 0);
      const { timeline, vendor, machinery, truth, verdicts } = simulation;
      const random = new SeededRandom(seed);
      for (const stream of vendor.streams) for (let number = 0; number < 40; number += 1) stream.insert('', HOUR_MS);
      truth.note();
      machinery.plan('discover');
      for (let hour = 0; hour < DAYS * 24; hour += 3) {
        somethingHappens(simulation, random);
        truth.note();
        await timeline.runUntil(timeline.nowMs + 3 * HOUR_MS - 2 * CYCLE_MS);
        // Of what came into scope by itself nobody tells.
        truth.note();
        // Within two cycles; and once a day all is read between them.
        for (const job of ['plan', hour % 24 === 12 ? 'full' : 'plan'] as const) {
          machinery.plan(job);
          await timeline.runUntil(timeline.nowMs + CYCLE_MS);
        }
        // What was read before midnight is right until then.
        if (isNearMidnight(timeline.now())) continue;
        expect({ hour, violation: JSON.stringify(verdicts.first), differences: truth.differences() }).toEqual({
          hour,
          differences: [],
        });
      }
    },
  );
});

/** In Melbourne, whatever the time of year. */
function isNearMidnight(nowMs: number): boolean {
  const hour = new Date(nowMs).getUTCHours();
  return hour >= 12 && hour <= 14;
}
