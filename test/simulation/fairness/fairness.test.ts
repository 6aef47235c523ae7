import { describe, expect, it } from 'vitest';
import { type Ailment, type Fared, ManyLibraries, MINUTE_MS, type Setting } from './many-libraries.ts';

const FROM_MS = 30 * MINUTE_MS;
const UNTIL_MS = 90 * MINUTE_MS;
const END_MS = 120 * MINUTE_MS;
const TICK_MS = 5 * MINUTE_MS;
const TIMEOUT_MS = 120_000;

/** How the libraries fare, the first so many of which are ill for an hour. */
async function fare(setting: Setting, ill = 0, kind: Ailment['kind'] = 'answers-500'): Promise<readonly Fared[]> {
  const ailment = { kind, fromMs: FROM_MS, untilMs: UNTIL_MS };
  const ailments = Object.fromEntries(Array.from({ length: ill }, (_, number) => [number, ailment]));
  return new ManyLibraries({ ...setting, ailments }).run(END_MS, FROM_MS);
}

function worst(fared: readonly Fared[], from = 0): number {
  return Math.max(...fared.slice(from).map(({ worstMs }) => worstMs));
}

describe.each(['stream', 'partition'] as const)('ten connections, of which each %s is asked', (coverage) => {
  const setting: Setting = { seed: 5, libraries: 10, shelves: coverage === 'stream' ? 5 : 20, coverage };

  it('are as fresh when one of them answers 500 for an hour, and that one recovers', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const without = await fare(setting);
    const fared = await fare(setting, 1, 'answers-500');
    expect(worst(without)).toBeLessThan(TICK_MS + MINUTE_MS);
    expect(worst(fared, 1)).toBeLessThan(worst(without, 1) + 0.2 * TICK_MS);
    expect(fared[0]?.oldestMs).toBeLessThan(2 * TICK_MS);
  });

  it('are as fresh, to the tick, when one of them takes 29 seconds for each answer', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const without = await fare(setting);
    const fared = await fare(setting, 1, 'answers-late');
    expect(worst(fared, 1)).toBeLessThan(worst(without, 1) + 0.8 * TICK_MS);
    expect(fared[0]?.oldestMs).toBeLessThan(2 * TICK_MS);
  });
});

it('is as fresh when the planner has more hanging connections than it plans at a time', {
  timeout: TIMEOUT_MS,
}, async () => {
  const setting: Setting = { seed: 5, libraries: 20, shelves: 5, coverage: 'stream' };
  const without = await fare(setting);
  const fared = await fare(setting, 17, 'hangs');
  expect(worst(fared, 17)).toBeLessThan(worst(without, 17) + 0.2 * TICK_MS);
  expect(Math.max(...fared.map(({ oldestMs }) => oldestMs))).toBeLessThan(2 * TICK_MS);
});
