import { describe, expect, it } from 'vitest';
import { EPOCH, plusMs, toIso } from '../../../lib/domain/instant.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import { LIBRARY, World } from '../../support/world.ts';

const SHELF = 's1';
const BOOKS = 14;

/** A page takes a minute, so that a full of all books takes longer than two intervals. */
function slowWorld(): World {
  const world = new World({ coverage: 'partition' });
  const long = plusMs(world.server.now(), -86_400_000);
  for (let book = 10; book < 10 + BOOKS; book += 1) world.server.put(`b${book}`, SHELF, `book ${book}`, long);
  world.server.pageSize = 1;
  world.server.beforePage = () => world.clock.advance(61_000);
  return world;
}

/** Delivers messages until something is so, or nothing is left to deliver. */
async function deliverUntil(world: World, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let next = world.queue.sent.shift(); next !== undefined; next = world.queue.sent.shift()) {
    world.clock.advance(next.delayMs ?? 0);
    await world.deliver(next.task);
    if (await isSo()) return;
  }
  throw new Error('it never was so');
}

describe('while a partition is read as a whole for longer than its interval', () => {
  it('what changed since it was loaded for the first time reaches readers before the end', async () => {
    const world = slowWorld();
    await world.plan();
    await deliverUntil(world, async () => (await world.partition(SHELF))?.full?.ledger.pages === 2);
    // Behind the place where the full is: it would never see them.
    world.server.put('b10', SHELF, 'edited meanwhile');
    world.server.put('a1', SHELF, 'added meanwhile');
    await deliverUntil(world, () => world.cached(SHELF).has('a1'));
    expect(world.cached(SHELF).get('b10')).toContain('edited meanwhile');
    const before = await world.partition(SHELF);
    expect(before?.full?.phase).toBe('read');
    expect(before?.loaded).toBe(false);
    expect(world.told(SHELF, 'loaded')).toBe('false');

    await world.drain();
    expect(world.cached(SHELF)).toEqual(world.server.truth(SHELF));
    const after = await world.partition(SHELF);
    expect(after?.loaded).toBe(true);
    expect(after?.full).toBeUndefined();
    // What was read beside it need not be read again.
    expect(after?.watermark).toBeGreaterThanOrEqual(before?.full?.news?.upTo ?? Number.POSITIVE_INFINITY);
  });

  it('one that was loaded before stays as fresh as its interval says', async () => {
    const world = slowWorld();
    world.server.beforePage = () => {};
    await world.plan();
    await world.drain();
    const loadedUpTo = (await world.partition(SHELF))?.watermark ?? 0;
    world.server.beforePage = () => world.clock.advance(61_000);
    world.clock.advance(300_000);
    const { run } = await world.partitions.requestForce(partitionKey(LIBRARY, SHELF), '0mwq222eh-7u5tqo9x');
    await world.queue.send([{ task: { ...LIBRARY, partition: SHELF, task: 'full', run }, lane: 'scheduled' }]);
    await deliverUntil(world, async () => ((await world.partition(SHELF))?.watermark ?? 0) > loadedUpTo);
    const state = await world.partition(SHELF);
    expect(state?.full?.phase).toBe('read');
    expect(world.told(SHELF, 'watermark')).toBe(toIso(state?.watermark ?? EPOCH));
    await world.drain();
    expect(world.cached(SHELF)).toEqual(world.server.truth(SHELF));
  });

  it('a record that leaves and one that changes are what they are in the end, whichever read came first', async () => {
    const world = slowWorld();
    await world.plan();
    await deliverUntil(world, async () => (await world.partition(SHELF))?.full?.ledger.pages === 4);
    world.server.retire('b23');
    world.server.put('b22', SHELF, 'edited before it was read');
    await world.drain();
    expect(world.cached(SHELF)).toEqual(world.server.truth(SHELF));
    expect(world.cached(SHELF).has('b23')).toBe(false);
  });
});
