import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../../../lib/adapters/system/system-clock.ts';
import { SystemRandomness } from '../../../../lib/adapters/system/system-randomness.ts';

describe('SystemClock', () => {
  it('tells this machine’s time, and sleeps at least as long as it is told', async () => {
    const clock = new SystemClock();
    const [wall, before] = [Date.now(), clock.monotonicMs()];
    expect(Math.abs(clock.now() - wall)).toBeLessThan(1_000);
    await clock.sleep(15);
    expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(14);
    await clock.sleep(-5);
  });
});

describe('SystemRandomness', () => {
  const randomness = new SystemRandomness();

  it('gives fractions all over [0, 1)', () => {
    const fractions = Array.from({ length: 2_000 }, () => randomness.fraction());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(Math.abs(fractions.reduce((sum, fraction) => sum + fraction, 0) / 2_000 - 0.5)).toBeLessThan(0.06);
  });

  it('gives tokens of the asked length that do not repeat', () => {
    const tokens = Array.from({ length: 500 }, () => randomness.token(8));
    expect(tokens.every((token) => /^[0-9a-z]{8}$/.test(token))).toBe(true);
    expect(new Set(tokens).size).toBe(500);
    expect(randomness.token(0)).toBe('');
  });
});
