import { describe, expect, it } from 'vitest';
import { hasTimeLeft, leaseMs, SLICE_RESERVE_MS, SLOW_RESERVE_MS } from '../../../lib/sync/sync-context.ts';
import { LIBRARY, World } from '../../support/world.ts';

const WINDOW = { ...LIBRARY, partition: 'a', task: 'window', reason: 'due' } as const;

async function slowLibrary() {
  const world = new World({ slow: true, coverage: 'partition' });
  for (let book = 0; book < 5; book += 1) world.server.put(`a${book}`, 'a', 'first');
  await world.load();
  world.clock.advance(60_000);
  return world;
}

describe('a stream whose answers take minutes', () => {
  it('is planned for a lane of its own', async () => {
    const world = await slowLibrary();
    world.clock.advance(300_000);
    await world.plan();
    expect(world.queue.sent.map(({ lane }) => lane)).toEqual(['slow']);
  });

  it('is asked by nobody on another lane: a task that comes there goes on to its own', async () => {
    const world = await slowLibrary();
    const calls = world.calls();
    for (const lane of ['priority', 'scheduled'] as const) {
      expect(await world.deliver(WINDOW, {}, lane)).toEqual({ verdict: 'done' });
    }
    expect(world.calls()).toBe(calls);
    expect(world.queue.sent).toEqual([
      { task: WINDOW, lane: 'slow' },
      { task: WINDOW, lane: 'slow' },
    ]);
  });

  it('gives a task back that cannot be sent to its lane', async () => {
    const world = await slowLibrary();
    world.queue.refusing = 1;
    expect(await world.deliver(WINDOW)).toEqual({ verdict: 'failed', code: 'queue-unavailable' });
  });

  it('is synced there like any other', async () => {
    const world = await slowLibrary();
    world.server.put('a1', 'a', 'second');
    world.server.put('new', 'b', 'first');
    await world.cycle();
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});

describe('a slice in which answers take minutes', () => {
  const slice = (leftMs: number, reserveMs?: number) => ({
    owner: 'one',
    remainingMs: () => leftMs,
    ...(reserveMs === undefined ? {} : { reserveMs }),
  });

  it('begins nothing that it could not end', () => {
    expect(hasTimeLeft(slice(SLICE_RESERVE_MS + 1))).toBe(true);
    expect(hasTimeLeft(slice(SLOW_RESERVE_MS, SLOW_RESERVE_MS))).toBe(false);
    expect(hasTimeLeft(slice(SLOW_RESERVE_MS + 1, SLOW_RESERVE_MS))).toBe(true);
  });

  it('holds its leases for as long as it may last', () => {
    expect(leaseMs(slice(898_000, SLOW_RESERVE_MS))).toBeGreaterThanOrEqual(898_000);
  });
});
