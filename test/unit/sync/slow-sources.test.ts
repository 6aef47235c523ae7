import { describe, expect, it } from 'vitest';
import type { CallLimits } from '../../../lib/domain/budget.ts';
import type { Http } from '../../../lib/ports/http.ts';
import { BreakerWatch } from '../../../lib/sync/breaker-watch.ts';
import { inPlaces } from '../../../lib/sync/in-places.ts';
import { MeteredCalls } from '../../../lib/sync/metered-calls.ts';
import { Turnstile } from '../../../lib/sync/turnstile.ts';
import { InMemoryCallBudget } from '../../fakes/in-memory-call-budget.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { SeededRandomness } from '../../fakes/seeded-randomness.ts';
import { LIBRARY, World } from '../../support/world.ts';

const CYCLE_MS = 300_000;

describe('partitions whose source answers late', () => {
  async function slowWorld(answerMs: number): Promise<World> {
    const world = new World({ coverage: 'partition' });
    for (let shelf = 0; shelf < 30; shelf += 1) world.server.put(`b${shelf}`, `s${shelf}`, 'book');
    await world.load();
    world.server.beforePage = () => world.clock.advance(answerMs);
    await world.cycle();
    world.clock.advance(CYCLE_MS);
    await world.plan();
    return world;
  }

  it('are asked one after the other, beside what others wait for', async () => {
    const { queue } = await slowWorld(20_000);
    expect(new Set(queue.sent.map(({ lane }) => lane))).toEqual(new Set(['slow']));
    expect(queue.sent.map(({ delayMs = 0 }) => Math.round(delayMs / 1_000))).toEqual([
      0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220,
    ]);
  });

  it('take turns: what was asked longest ago comes first', async () => {
    const world = await slowWorld(20_000);
    const asked = new Set<string>();
    for (let cycle = 0; cycle < 5; cycle += 1) {
      for (const { partition } of world.queue.sent.map(({ task }) => task)) asked.add(partition);
      await world.drain();
      await world.plan();
    }
    expect(asked.size).toBe(30);
  });

  it('are all asked at once where it answers soon', async () => {
    const { queue } = await slowWorld(5_000);
    expect(queue.sent.filter(({ lane }) => lane === 'scheduled')).toHaveLength(30);
  });
});

describe('streams of a connection whose source answers late', () => {
  it('take turns, so that the planner ends in time and none is left out for ever', async () => {
    const world = new World({ copies: true });
    const copies = { ...LIBRARY, stream: 'copies' };
    world.server.put('b1', 's1', 'book');
    await world.load();
    world.server.beforePage = () => world.clock.advance(80_000);
    const cycleOf = async (key: typeof LIBRARY | typeof copies) => (await world.streams.read(key))?.delta;
    const begun = { books: (await cycleOf(LIBRARY)) ?? 0, copies: (await cycleOf(copies)) ?? 0 };
    for (let cycle = 0; cycle < 4; cycle += 1) {
      world.clock.advance(CYCLE_MS);
      await world.plan();
    }
    expect(await cycleOf(LIBRARY)).toBe(begun.books + 2);
    expect(await cycleOf(copies)).toBe(begun.copies + 2);
  });
});

describe('calls of one environment to one source', () => {
  const LIMITS: CallLimits = { perMinute: 60, concurrent: 5, resetZone: 'UTC', callTimeoutMs: 30_000 };

  function callsThatTake(ms: number) {
    const clock = new ManualClock();
    const budget = new InMemoryCallBudget(clock, 'environment');
    const telemetry = new InMemoryTelemetry();
    const http: Http = {
      send: async () => {
        clock.advance(ms);
        return { status: 200, headers: {}, body: '', date: clock.now() };
      },
    };
    const watch = new BreakerWatch({ connection: 'main', budget, randomness: new SeededRandomness(1), telemetry });
    const turnstile = new Turnstile();
    const common = { connection: 'main', limits: LIMITS, priority: 'scheduled', budget, http, telemetry } as const;
    return { calls: new MeteredCalls({ ...common, watch, turnstile, clock }), budget };
  }

  const REQUEST = { method: 'GET', url: 'https://example.com', headers: {} } as const;

  it('wait for each other, but not for long: then they are made later, and nothing is spent', async () => {
    const { calls, budget } = callsThatTake(15_000);
    const made = await Promise.allSettled([1, 2, 3].map(() => calls.send(REQUEST)));
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(made[2]).toMatchObject({ reason: { code: 'source-rate-limited', status: undefined } });
    expect((await budget.read('main')).dayUsed).toBe(2);
  });
});

describe('places', () => {
  it('go to the next when whoever has one takes too long, and are left for good by nobody', async () => {
    const clock = new ManualClock(undefined, { sleep: 'wait' });
    const begun: number[] = [];
    const slow = Promise.withResolvers<void>();
    const all = inPlaces(clock, [1, 2, 3, 4], { count: 2, patienceMs: 5_000 }, (entry) => {
      begun.push(entry);
      return entry < 3 ? slow.promise : Promise.resolve();
    });
    let isOver = false;
    const over = all.then(() => {
      isOver = true;
    });
    await Promise.resolve();
    expect(begun).toEqual([1, 2]);
    clock.advance(5_000);
    await new Promise(setImmediate);
    expect(begun).toEqual([1, 2, 3, 4]);
    expect(isOver).toBe(false);
    slow.resolve();
    await over;
  });
});
