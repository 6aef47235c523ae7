import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { effectiveWatermark } from '../../../lib/domain/partition.ts';
import { World } from '../../support/world.ts';

function fill(world: World, shelves: number, books: number): void {
  for (let book = 0; book < books; book += 1) {
    const at = plusMs(world.server.now(), -(book + 1) * 60_000);
    world.server.put(`4433256000013${String(book).padStart(3, '0')}003`, `shelf-${book % shelves}`, `book ${book}`, at);
  }
}

function expectEqual(world: World): void {
  for (const shelf of world.server.shelves.keys()) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
}

describe('the first load', () => {
  it('reads a whole stream in one walk, one call per page, whatever the number of partitions', async () => {
    const world = new World();
    fill(world, 40, 250);
    world.server.pageSize = 100;
    await world.plan();
    await world.drain();
    expectEqual(world);
    expect(world.calls()).toBe(3);
    expect((await world.stream())?.loaded).toBe(true);
    expect((await world.partition('shelf-7'))?.loaded).toBe(true);
  });

  it('is followed by idle cycles of one call and one command each', async () => {
    const world = new World();
    fill(world, 40, 250);
    await world.load();
    const [calls, commands] = [world.calls(), world.cache.commands];
    await world.cycle();
    await world.cycle();
    expect(world.calls() - calls).toBe(2);
    expect(world.cache.commands - commands).toBe(2);
    expect(world.queue.sent).toEqual([]);
  });

  it('is asked for once, though the planner comes again before it has begun', async () => {
    const world = new World();
    fill(world, 3, 30);
    await world.plan();
    world.clock.advance(300_000);
    await world.plan();
    await world.drain();
    await world.cycle();
    expectEqual(world);
    expect(world.server.requests.filter(({ href }) => href.endsWith('/books?')).length).toBeLessThanOrEqual(2);
  });

  it('goes on from its checkpoint after a crash between two pages', async () => {
    const world = new World();
    fill(world, 5, 100);
    world.server.pageSize = 20;
    let pages = 0;
    world.server.beforePage = () => {
      pages += 1;
      if (pages === 3)
        world.server.scripted.push({ status: 500, body: '' }, { status: 500, body: '' }, { status: 500, body: '' });
    };
    await world.plan();
    await world.drain();
    expect((await world.stream())?.loaded ?? false).toBe(false);
    await world.cycle();
    await world.cycle();
    expectEqual(world);
    expect((await world.stream())?.loaded).toBe(true);
    // Five pages, and the three attempts that failed; nothing is read twice.
    expect(
      world.server.requests.filter(({ pathname, searchParams }) => pathname === '/books' && !searchParams.has('since'))
        .length,
    ).toBe(8);
  });

  it('is not done, and nothing is called fresh, because its source wants fewer calls', async () => {
    const world = new World();
    fill(world, 5, 100);
    world.server.pageSize = 20;
    world.server.beforePage = (page) => {
      if (page === 2) world.server.scripted.push({ status: 429, body: '', retryAfter: '1200' });
    };
    await world.plan();
    await world.drain();
    expect((await world.stream())?.loaded ?? false).toBe(false);
    expect((await world.partition('*'))?.lastRun?.outcome).toBe('rate-limited');
    for (let shelf = 0; shelf < 5; shelf += 1) {
      const state = await world.partition(`shelf-${shelf}`);
      expect(state && effectiveWatermark(state, await world.stream())).toBeUndefined();
    }
    const { runs } = await world.runs.list({ connection: 'library', limit: 10 });
    expect(runs.map(({ state, outcome }) => [state, outcome])).toEqual([['running', undefined]]);
    for (let cycle = 0; cycle < 6; cycle += 1) await world.cycle();
    expectEqual(world);
    expect((await world.stream())?.loaded).toBe(true);
    // Five pages, and the call that was refused.
    expect(world.calls() - world.server.requests.filter(({ searchParams }) => searchParams.has('since')).length).toBe(
      6,
    );
  });

  it('begins again when the page token has expired', async () => {
    const world = new World();
    fill(world, 5, 100);
    world.server.pageSize = 20;
    world.server.beforePage = (page) => {
      if (page === 3) world.server.scripted.push({ status: 410, body: '' });
    };
    await world.plan();
    await world.drain();
    await world.cycle();
    await world.cycle();
    expectEqual(world);
    expect((await world.stream())?.loaded).toBe(true);
    expect((await world.runs.list({ connection: 'library', limit: 10 })).runs).toContainEqual(
      expect.objectContaining({ task: 'walk', outcome: 'succeeded', ledger: expect.objectContaining({ seen: 100 }) }),
    );
  });

  it('lets changes through that happen while it goes on', async () => {
    const world = new World();
    fill(world, 5, 100);
    world.server.pageSize = 20;
    world.server.beforePage = (page) => {
      if (page === 3) world.server.put('4433256000013000003', 'shelf-0', 'edited while paging');
    };
    await world.load();
    await world.cycle();
    expectEqual(world);
  });

  it('carries 5,000 records with one modified time', async () => {
    const world = new World();
    const at = plusMs(world.server.now(), -3_600_000);
    for (let book = 0; book < 5_000; book += 1) world.server.put(`b${book}`, `s${book % 3}`, 'bulk', at);
    await world.load();
    expectEqual(world);
    expect([...world.server.shelves.keys()].reduce((sum, shelf) => sum + world.cached(shelf).size, 0)).toBe(5_000);
  });
});
