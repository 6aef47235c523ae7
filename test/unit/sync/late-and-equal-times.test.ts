import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import type { StreamStore } from '../../../lib/ports/stream-store.ts';
import { World } from '../../support/world.ts';

const CYCLE_MS = 300_000;

async function loaded(books = 6): Promise<World> {
  const world = new World();
  const long = plusMs(world.server.now(), -86_400_000);
  for (let book = 0; book < books; book += 1) world.server.put(`old-${book}`, `s${book % 3}`, 'first', long);
  await world.load();
  return world;
}

function expectEqual(world: World): void {
  for (const shelf of world.server.shelves.keys()) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
}

function insertMany(world: World, count: number): void {
  const at = world.server.now();
  for (let book = 0; book < count; book += 1) {
    world.server.put(`b${String(book).padStart(4, '0')}`, `s${book % 3}`, 'one second', at);
  }
}

describe('records that share a second', () => {
  it.each([1, 2, 3, 4, 5])('all arrive though the delta fails after %i of their pages', async (pages) => {
    const world = await loaded();
    world.server.pageSize = 10;
    insertMany(world, 55);
    const before = await world.stream();
    let read = 0;
    world.server.beforePage = () => {
      read += 1;
      if (read === pages) world.server.scripted.push(...Array.from({ length: 3 }, () => 'network-error' as const));
    };
    await world.cycle();
    expect((await world.stream())?.watermark).toBe(before?.watermark);
    world.server.beforePage = () => {};
    await world.cycle();
    expectEqual(world);
  });

  it('arrive though one of them comes between the last page and the commit', async () => {
    const world = await loaded();
    insertMany(world, 4);
    const at = world.server.now();
    world.clock.advance(CYCLE_MS);
    const streams = new Proxy(world.ports.streams, {
      get: (store, name) => {
        if (name === 'endDelta') {
          return (...args: Parameters<StreamStore['endDelta']>) => {
            world.server.put('a-late', 's0', 'the same second', at);
            return store.endDelta(...args);
          };
        }
        const member: unknown = Reflect.get(store, name);
        return typeof member === 'function' ? member.bind(store) : member;
      },
    });
    await world.plan({ streams });
    await world.drain();
    expect(world.cached('s0').has('a-late')).toBe(false);
    await world.cycle();
    expectEqual(world);
  });

  it('by the thousands are written once, and cost nothing more once the overlap has left them behind', async () => {
    const world = await loaded();
    insertMany(world, 5_000);
    await world.cycle();
    expectEqual(world);
    const written = () => world.telemetry.sum('RecordsAdded') + world.telemetry.sum('RecordsUpdated');
    const after = written();
    await world.cycle();
    await world.cycle();
    const [calls, commands] = [world.calls(), world.cache.commands];
    await world.cycle();
    expect(written()).toBe(after);
    expect([world.calls() - calls, world.cache.commands - commands]).toEqual([1, 1]);
  });
});

describe('a record that shows late', () => {
  it('is found although the watermark has passed its time, and the delta before found nothing', async () => {
    const world = await loaded();
    world.clock.advance(CYCLE_MS - 100_000);
    world.server.lagMs = 240_000;
    world.server.put('late', 's1', 'committed late');
    const stamped = world.server.now();
    world.clock.advance(100_000);
    await world.plan();
    await world.drain();
    expect((await world.stream())?.watermark).toBeGreaterThan(stamped);
    expect(world.cached('s1').has('late')).toBe(false);
    await world.cycle();
    expectEqual(world);
  });

  it('is found although it comes, while a delta is paged, below what that has read', async () => {
    const world = await loaded();
    world.server.pageSize = 10;
    insertMany(world, 25);
    world.clock.advance(CYCLE_MS);
    let pages = 0;
    world.server.beforePage = () => {
      pages += 1;
      if (pages === 2) world.server.put('a-below', 's0', 'before the page', plusMs(world.server.now(), -200_000));
    };
    await world.plan();
    await world.drain();
    expect(world.cached('s0').has('a-below')).toBe(false);
    await world.cycle();
    expectEqual(world);
  });

  it.each([
    ['of another', 'old-0'],
    ['of none', 'new'],
  ])('is found in its partition, which it joined just now, though it was one %s before', async (_what, id) => {
    const world = new World({ policy: { inlineBytes: 10 } });
    world.server.put('old-0', 's0', 'first');
    world.server.put('old-1', 's1', 'first');
    await world.load();
    world.clock.advance(CYCLE_MS);
    world.server.put(id, 's1', 'moved');
    const record = world.server.records.get(id);
    // What asks for the partition still finds it where it was.
    world.server.beforePage = () => {
      const isWindow = world.server.requests.at(-1)?.searchParams.get('shelf') === 's1';
      if (isWindow) world.server.records.delete(id);
      else if (record !== undefined) world.server.records.set(id, record);
    };
    world.clock.advance(60_000);
    await world.plan();
    await world.drain();
    expect(world.cached('s1').has(id)).toBe(false);
    world.server.beforePage = () => {};
    if (record !== undefined) world.server.records.set(id, record);
    await world.cycle();
    expectEqual(world);
  });

  it('is found whenever it was stamped, however long within the overlap it hides', async () => {
    const change = fc.record({
      book: fc.integer({ min: 0, max: 5 }),
      afterMs: fc.integer({ min: 0, max: 700_000 }),
      lagMs: fc.integer({ min: 0, max: CYCLE_MS }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const world = await loaded();
        for (const [number, { book, afterMs, lagMs }] of changes.entries()) {
          for (let left = afterMs; left > 0; left -= CYCLE_MS) {
            world.clock.advance(Math.min(left, CYCLE_MS));
            await world.plan();
            await world.drain();
          }
          world.server.lagMs = lagMs;
          world.server.put(`old-${book}`, `s${book % 3}`, `edit ${number}`);
        }
        for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
        expectEqual(world);
      }),
      { numRuns: 60 },
    );
  });
});
