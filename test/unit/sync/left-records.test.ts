import { beforeEach, describe, expect, it } from 'vitest';
import { locatorKey, stampsKey } from '../../../lib/domain/cache-layout.ts';
import { EPOCH, plusMs } from '../../../lib/domain/instant.ts';
import { stampOf } from '../../../lib/domain/record.ts';
import { withoutBody } from '../../../lib/domain/task.ts';
import { leftRecords } from '../../../lib/sync/left-records.ts';
import { LIBRARY, World } from '../../support/world.ts';

const SHELF = 'a';

describe.each(['stream', 'partition'] as const)(
  'a record that has left as its source says, asked by %s',
  (coverage) => {
    let world: World;

    beforeEach(async () => {
      world = new World({ coverage });
      for (let book = 0; book < 40; book += 1) world.server.put(`book-${book}`, SHELF, 'there');
      world.clock.advance(60_000);
      await world.load();
      world.clock.advance(60_000);
    });

    const ids = () => [...world.cached(SHELF).keys()];
    const lastLedger = async () => (await world.partition(SHELF))?.lastRun?.ledger;

    it('leaves the cache with the next cycle, and is counted', async () => {
      world.server.retire('book-7');
      await world.cycle();
      expect(ids()).not.toContain('book-7');
      expect(ids()).toHaveLength(39);
      expect(await lastLedger()).toMatchObject({ removed: 1 });
      expect((await world.partition(SHELF))?.totals.removed).toBe(1);
      expect(world.telemetry.sum('RecordsRemoved')).toBe(1);
    });

    it('stays in a version that is newer', async () => {
      const earlier = world.server.now();
      world.clock.advance(5_000);
      world.server.put('book-7', SHELF, 'back again');
      world.server.left.push({ id: 'book-7', shelf: SHELF, changed: earlier });
      await world.cycle();
      expect(world.cached(SHELF).get('book-7')).toContain('back again');
    });

    it('comes back once the source shows it in a newer version', async () => {
      world.server.retire('book-7');
      await world.cycle();
      world.server.put('book-7', SHELF, 'back again');
      await world.cycle();
      expect(world.cached(SHELF).get('book-7')).toContain('back again');
    });

    it('writes nothing when it was never cached', async () => {
      world.server.retire('unknown');
      world.server.left.splice(0, 1, { id: 'unknown', shelf: SHELF, changed: world.server.now() });
      const before = world.cache.keys.hash(stampsKey({ ...LIBRARY, partition: SHELF })).size;
      await world.cycle();
      expect(world.cache.keys.hash(stampsKey({ ...LIBRARY, partition: SHELF })).size).toBe(before);
      expect(before).toBeGreaterThan(40);
      expect(world.cache.keys.text(locatorKey(LIBRARY.connection, LIBRARY.stream, 'unknown'))).toBeUndefined();
      expect(await lastLedger()).toMatchObject({ removed: 0 });
    });

    it('is not held back, however many leave: people are told, and what the source shows again comes back', async () => {
      for (let book = 0; book < 40; book += 1) world.server.retire(`book-${book}`);
      await world.cycle();
      expect(ids()).toEqual([]);
      expect(await world.plans.list({ connection: LIBRARY.connection, limit: 10 })).toEqual([]);
      expect(world.telemetry.sum('MassRemovals')).toBe(40);
      world.server.left.splice(0);
      for (let book = 0; book < 40; book += 1) world.server.put(`book-${book}`, SHELF, 'there again');
      await world.cycle();
      expect(ids()).toHaveLength(40);
    });

    it('leaves though a full found it absent before it was heard of, and the brake held that', async () => {
      for (let book = 0; book < 30; book += 1) world.server.retire(`book-${book}`);
      // Nobody asks for a while.
      world.clock.advance(1_200_000);
      await world.partitions.requestForce({ ...LIBRARY, partition: SHELF }, 'run-1');
      await world.deliver({ ...LIBRARY, partition: SHELF, task: 'full', run: 'run-1' });
      await world.drain();
      expect(ids()).toHaveLength(40);
      await world.cycle();
      expect(ids()).toHaveLength(10);
    });

    it('is brought back by an audit when the source said so by mistake, unchanged as it is', async () => {
      world.server.put('book-0', SHELF, 'edited');
      const book = world.server.records.get('book-0');
      world.server.retire('book-0', book?.changed);
      await world.cycle();
      expect(ids()).not.toContain('book-0');
      world.server.left.splice(0);
      if (book !== undefined) world.server.records.set('book-0', book);
      await world.cycle();
      await world.cycle();
      await world.cycle();
      await world.audit();
      expect(world.cached(SHELF)).toEqual(world.server.truth(SHELF));
    });

    it('leaves too when a read of everything says so', async () => {
      world.server.listsLeft = true;
      world.server.retire('book-7', plusMs(world.server.now(), -3_600_000));
      world.server.put('book-8', SHELF, 'edited');
      await world.partitions.requestForce({ ...LIBRARY, partition: SHELF }, 'run-1');
      await world.deliver({ ...LIBRARY, partition: SHELF, task: 'full', run: 'run-1' });
      await world.drain();
      expect(ids()).toHaveLength(39);
    });
  },
);

describe('a record that has left, and older news of it', () => {
  let world: World;

  beforeEach(async () => {
    world = new World();
    world.server.put('other', SHELF, 'there');
    world.clock.advance(60_000);
    await world.load();
  });

  const ids = () => [...world.cached(SHELF).keys()];

  it.each([[[0, 1]], [[1, 0]]])('is gone in whatever order their messages are applied', async (order) => {
    world.server.put('new', SHELF, 'first');
    world.clock.advance(300_000);
    await world.plan();
    const first = world.take();
    world.server.retire('new');
    world.clock.advance(300_000);
    await world.plan();
    const messages = [...first, ...world.take()].filter(({ task }) => task === 'apply');
    expect(messages).toHaveLength(2);
    for (const message of order.flatMap((index) => messages.slice(index, index + 1))) await world.deliver(message);
    await world.drain();
    expect(ids()).toEqual(['other']);
  });

  it('is gone when its message is lost, or too large to carry what it says', async () => {
    world.server.put('new', SHELF, 'first');
    await world.cycle();
    world.server.retire('new');
    world.clock.advance(300_000);
    await world.plan();
    for (const task of world.take()) await world.deliver(withoutBody(task));
    expect(ids()).toEqual(['other']);
  });

  it('is gone from where it was when it had moved unseen', async () => {
    world.server.put('new', SHELF, 'first');
    await world.cycle();
    world.server.put('new', 'b', 'moved');
    world.server.retire('new');
    await world.cycle();
    await world.cycle();
    expect(ids()).toEqual(['other']);
    expect(await world.partition('b')).toBeUndefined();
  });

  it('is gone from where it was though the partition it had moved to unseen is read as a whole first', async () => {
    world.server.put('new', SHELF, 'first');
    world.server.put('there', 'b', 'there');
    await world.cycle();
    world.server.put('new', 'b', 'moved');
    world.server.retire('new');
    world.clock.advance(300_000);
    await world.plan();
    await world.partitions.requestForce({ ...LIBRARY, partition: 'b' }, 'run-1');
    await world.deliver({ ...LIBRARY, partition: 'b', task: 'full', run: 'run-1' });
    await world.drain();
    expect(ids()).toEqual(['other']);
  });

  it('is newer than what was read of its last change, though the read that told of it began before that', () => {
    const changed = world.server.now();
    const book = { id: 'new', partition: SHELF, modified: changed };
    const shown = stampOf({ ...book, body: 'first' }, 84, plusMs(changed, 290_000));
    const told = { removed: [book], order: 114, asOf: plusMs(changed, -3_000), mayFollow: () => true };
    expect(leftRecords({ ...told, servedAt: plusMs(changed, 600_000) })).toEqual({
      new: { stamp: expect.toSatisfy((stamp: string) => stamp > shown), lasting: true },
    });
    // What a read may have kept since its first page counts as read then.
    const early = { ...told, asOf: plusMs(changed, 999), servedAt: plusMs(changed, 600_000) };
    expect(leftRecords(early)).toMatchObject({ new: { stamp: expect.toSatisfy((stamp: string) => stamp < shown) } });
  });

  it('is told with the time of its own page, whichever page of a delta that is', async () => {
    world.server.pageSize = 1;
    world.server.put('new', SHELF, 'first');
    world.server.put('newer', SHELF, 'first');
    world.clock.advance(300_000);
    world.server.beforePage = () => world.clock.advance(10_000);
    await world.plan();
    const [first, second] = world.take().filter((task) => task.task === 'apply');
    expect(first?.pageServedAt).toBeUndefined();
    expect(second?.pageServedAt).toBe(plusMs(first?.servedAt ?? EPOCH, 10_000));
    expect(second?.servedAt).toBe(first?.servedAt);
  });

  describe('where a partition was read by itself before its stream', () => {
    beforeEach(() => {
      world = new World();
      world.server.pageSize = 2;
      for (let book = 0; book < 4; book += 1) world.server.put(`book-${book}`, SHELF, 'there');
      world.clock.advance(60_000);
    });

    const full = { ...LIBRARY, partition: SHELF, task: 'full', run: 'run-1' } as const;

    it('is gone though it left in between, and the brake held what the walk found absent', async () => {
      await world.partitions.requestForce({ ...LIBRARY, partition: SHELF }, 'run-1');
      await world.deliver(full);
      await world.drain();
      expect(ids()).toHaveLength(4);
      for (let book = 0; book < 3; book += 1) world.server.retire(`book-${book}`);
      world.clock.advance(3_600_000);
      await world.load();
      await world.cycle();
      expect(ids()).toEqual(['book-3']);
    });

    it('is gone though it left after it was read, by a full that ended after the walk', async () => {
      await world.partitions.requestForce({ ...LIBRARY, partition: SHELF }, 'run-1');
      // One page takes a whole slice.
      world.server.beforePage = () => world.clock.advance(100_000);
      await world.deliver(full);
      world.server.beforePage = () => {};
      const rest = world.take();
      expect(ids()).toEqual(['book-0', 'book-1']);
      world.server.retire('book-0');
      world.clock.advance(3_600_000);
      await world.load();
      for (const task of rest) await world.deliver(task);
      await world.drain();
      await world.cycle();
      await world.cycle();
      expect(ids()).toEqual(['book-1', 'book-2', 'book-3']);
    });
  });
});
