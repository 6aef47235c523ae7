import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../lib/adapters/system/system-clock.ts';
import { SystemRandomness } from '../../lib/adapters/system/system-randomness.ts';
import { plusMs } from '../../lib/domain/instant.ts';
import { ManualClock, TEST_START } from '../fakes/manual-clock.ts';
import { SeededRandomness } from '../fakes/seeded-randomness.ts';

describe.each([
  ['SystemClock', () => new SystemClock()],
  ['ManualClock', () => new ManualClock()],
])('%s', (_name, make) => {
  it('moves on by what was slept, on both of its hands', async () => {
    const clock = make();
    const [now, monotonicMs] = [clock.now(), clock.monotonicMs()];
    await clock.sleep(20);
    // Timers may fire a fraction of a millisecond early.
    expect(clock.now() - now).toBeGreaterThanOrEqual(19);
    expect(clock.monotonicMs() - monotonicMs).toBeGreaterThanOrEqual(19);
  });

  it('does not wait for a time that has passed', async () => {
    const clock = make();
    const now = clock.now();
    await clock.sleep(0);
    expect(clock.now() - now).toBeLessThan(1_000);
    expect(Number.isInteger(clock.now())).toBe(true);
  });
});

describe('ManualClock that waits', () => {
  it('wakes sleepers in the order of their time, and not before', async () => {
    const clock = new ManualClock(TEST_START, { sleep: 'wait' });
    const woken: string[] = [];
    const sleepers = [clock.sleep(20).then(() => woken.push('late')), clock.sleep(10).then(() => woken.push('early'))];
    expect(clock.nextWakeInMs()).toBe(10);
    clock.advance(9);
    await Promise.resolve();
    expect(woken).toEqual([]);
    clock.advance(11);
    await Promise.all(sleepers);
    expect(woken).toEqual(['early', 'late']);
    expect(clock.nextWakeInMs()).toBeUndefined();
  });

  it('lets the wall clock jump without time passing', () => {
    const clock = new ManualClock();
    clock.set(plusMs(TEST_START, -60_000));
    expect(clock.now()).toBe(plusMs(TEST_START, -60_000));
    expect(clock.monotonicMs()).toBe(0);
  });
});

describe.each([
  ['SystemRandomness', () => new SystemRandomness()],
  ['SeededRandomness', () => new SeededRandomness()],
])('%s', (_name, make) => {
  it('gives fractions over the whole of [0, 1)', () => {
    const chance = make();
    const fractions = Array.from({ length: 2_000 }, () => chance.fraction());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
  });

  it('gives tokens of the length asked for, each another', () => {
    const chance = make();
    const tokens = Array.from({ length: 100 }, () => chance.token(12));
    expect(tokens.every((token) => /^[0-9a-z]{12}$/.test(token))).toBe(true);
    expect(new Set(tokens).size).toBe(100);
  });
});

describe('SeededRandomness', () => {
  it('repeats itself from the same seed, and only from it', () => {
    expect(new SeededRandomness(7).token(20)).toBe(new SeededRandomness(7).token(20));
    expect(new SeededRandomness(7).token(20)).not.toBe(new SeededRandomness(8).token(20));
  });
});
