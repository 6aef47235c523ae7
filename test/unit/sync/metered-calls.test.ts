import { describe, expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../../lib/domain/instant.ts';
import { BreakerWatch } from '../../../lib/sync/breaker-watch.ts';
import { MeteredCalls } from '../../../lib/sync/metered-calls.ts';
import { Turnstile } from '../../../lib/sync/turnstile.ts';
import { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';

const CALL_TIMEOUT_MS = 600_000;
const LIMITS = { perMinute: 100, concurrent: 1, resetZone: 'UTC', callTimeoutMs: CALL_TIMEOUT_MS };
const REQUEST = { method: 'GET', url: 'http://source.test/', headers: {} } as const;

/** A connection's calls from one environment, while those of another hold the only place. */
function calls() {
  const clock = new ManualClock();
  const own = new InMemoryCallBudget(clock, 'own');
  const telemetry = new InMemoryTelemetry();
  const watch = new BreakerWatch({ connection: 'main', budget: own, randomness: new SeededRandomness(1), telemetry });
  const http = { send: async () => ({ status: 200, headers: {}, body: '', date: instantFromMs(0) }) };
  const metered = new MeteredCalls({
    connection: 'main',
    limits: LIMITS,
    priority: 'scheduled',
    budget: own,
    http,
    telemetry,
    watch,
    turnstile: new Turnstile(),
    clock,
  });
  return { clock, own, metered };
}

describe('a call beyond those that may be made at a time', () => {
  it('is made as soon as a place is free, without its task being put off', async () => {
    const { clock, own, metered } = calls();
    const startedAt = clock.now();
    const short = { ...LIMITS, callTimeoutMs: 1_200 };
    expect(await own.another('other').reserve('main', short, 'scheduled')).toMatchObject({ outcome: 'granted' });
    expect(await metered.send(REQUEST)).toMatchObject({ status: 200 });
    expect(clock.now() - startedAt).toBeLessThan(2_000);
  });

  it('is put off when none becomes free in a moment', async () => {
    const { clock, own, metered } = calls();
    const startedAt = clock.now();
    await own.another('other').reserve('main', LIMITS, 'scheduled');
    await expect(metered.send(REQUEST)).rejects.toMatchObject({
      code: 'source-rate-limited',
      retryAt: plusMs(startedAt, CALL_TIMEOUT_MS),
    });
    expect(clock.now() - startedAt).toBeLessThan(5_000);
  });
});
