import { describe, expect, it } from 'vitest';
import { HINT_GAP_MS, HINT_TRIES, HINTS_AT_ONCE, HINTS_WAITING } from '../../../lib/domain/hints.ts';
import { instantFromMs } from '../../../lib/domain/instant.ts';
import { auditItem, partitionKey } from '../../../lib/domain/names.ts';
import { CacheFailure } from '../../../lib/ports/cache.ts';
import { acceptHints } from '../../../lib/sync/accept-hints.ts';
import { setPause } from '../../../lib/sync/set-pause.ts';
import { InMemoryDeliveryMarks } from '../../fakes/in-memory-delivery-marks.ts';
import { LIBRARY, World, type WorldOptions } from '../../support/world.ts';

const HINT = { ...LIBRARY, partition: '*', task: 'hint' } as const;

/** A loaded library of 30 books on shelf `a` and 5 on `b`. */
async function loaded(options?: WorldOptions) {
  const world = new World(options);
  for (let book = 0; book < 30; book += 1) world.server.put(`a${book}`, 'a', 'first');
  for (let book = 0; book < 5; book += 1) world.server.put(`b${book}`, 'b', 'first');
  await world.load();
  world.clock.advance(60_000);
  return world;
}

/** What a webhook causes until its message is sent. */
async function tell(world: World, ids: readonly string[], delivery = ids.join()) {
  const marks = new InMemoryDeliveryMarks(world.clock);
  const { connection, stream } = LIBRARY;
  return acceptHints({ ...world.ports, marks }, { connection, delivery, hints: [{ stream, ids }] });
}

/** The same, and until all it leads to is done. */
async function hint(world: World, ...ids: readonly string[]) {
  await tell(world, ids);
  await world.drain();
}

describe('a hint', () => {
  it('brings an edited record into the cache without a cycle, for one call', async () => {
    const world = await loaded();
    const calls = world.calls();
    world.server.put('a7', 'a', 'second');
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect(world.calls() - calls).toBe(1);
  });

  it('moves no watermark, settles nothing that is pending, and leaves the next delta its work', async () => {
    const world = await loaded();
    await world.partitions.markOpen(partitionKey(LIBRARY, 'a'), 99_000, instantFromMs(world.clock.now() - 60_000));
    const before = { partition: await world.partition('a'), stream: await world.stream() };
    world.server.put('a7', 'a', 'second');
    world.server.put('a8', 'a', 'second');
    await hint(world, 'a7');
    const after = await world.partition('a');
    expect(after?.watermark).toBe(before.partition?.watermark);
    expect(after?.pending).toEqual(before.partition?.pending);
    expect(await world.stream()).toEqual(before.stream);
    expect(world.cached('a').get('a8')).toContain('first');
    await world.cycle();
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('tells readers of a partition with open work that it is still pending', async () => {
    const world = await loaded();
    await world.partitions.markOpen(partitionKey(LIBRARY, 'a'), 99_000, instantFromMs(world.clock.now() - 60_000));
    world.server.put('a7', 'a', 'second');
    await hint(world, 'a7');
    expect(world.cache.keys.hash('cache:shelf:a:books:meta').get('pending')).toBe('true');
  });

  it('that comes late or again changes nothing', async () => {
    const world = await loaded();
    world.server.put('a7', 'a', 'second');
    await world.cycle();
    const before = world.cached('a');
    await hint(world, 'a7');
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(before);
  });

  it('brings the last of two edits within one second', async () => {
    const world = await loaded();
    world.server.put('a7', 'a', 'second');
    await hint(world, 'a7');
    const second = world.server.records.get('a7')?.changed;
    world.server.put('a7', 'a', 'third', second);
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('makes a partition that nobody has heard of, as whole as any other', async () => {
    const world = await loaded();
    world.server.put('new1', 'new', 'first');
    await hint(world, 'new1');
    expect(world.cached('new')).toEqual(world.server.truth('new'));
    expect(await world.partition('new')).toMatchObject({ loaded: true, cached: true, count: 1 });
    expect(world.cache.keys.hash('cache:shelf:new:books:meta').get('loaded')).toBe('true');
    await world.cycle();
    expect(world.cached('new')).toEqual(world.server.truth('new'));
  });

  it('has a record leave the partition that it moved from', async () => {
    const world = await loaded();
    world.server.put('a7', 'b', 'second');
    await hint(world, 'a7');
    expect(world.cached('b').has('a7')).toBe(true);
    expect(world.cached('a').has('a7')).toBe(false);
  });

  it('about a record that is in no cache and at no source changes nothing', async () => {
    const world = await loaded();
    await hint(world, 'never-was');
    expect(world.cached('a').size).toBe(30);
    expect(world.take()).toEqual([]);
  });

  it('goes on with a force that was asked for meanwhile', async () => {
    const world = await loaded();
    const key = partitionKey(LIBRARY, 'a');
    world.server.put('a7', 'a', 'second');
    world.server.beforePage = async () => {
      world.server.beforePage = () => {};
      await world.partitions.requestForce(key, '0mi3k9x2a-4f7q0z1b');
    };
    await hint(world, 'a7');
    expect((await world.partition('a'))?.lastRun).toMatchObject({ task: 'full', outcome: 'succeeded' });
  });
});

describe('a hint of a deleted record', () => {
  it('removes it, once the source has not shown it twice and still shows another', async () => {
    const world = await loaded();
    const calls = world.calls();
    world.server.remove('a7');
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect(world.calls() - calls).toBe(2);
    expect((await world.partition('a'))?.totals.removed).toBe(1);
  });

  it('removes it for one call where the source says that it has left', async () => {
    const world = await loaded();
    const calls = world.calls();
    world.server.retire('a7');
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect(world.calls() - calls).toBe(1);
  });

  it('removes nothing when the source shows nothing at all', async () => {
    const world = await loaded();
    world.server.records.clear();
    await hint(world, 'a7');
    expect(world.cached('a').size).toBe(30);
    expect(await world.plans.list({ connection: 'library', limit: 10 })).toEqual([]);
  });

  it('is held for a person where it would empty a partition', async () => {
    const world = await loaded();
    world.server.put('only', 'c', 'first');
    await world.cycle();
    world.server.remove('only');
    await hint(world, 'only');
    expect(world.cached('c').size).toBe(1);
  });

  it('is measured by all that the partition is known to have, where the cache lost bodies of it', async () => {
    const world = await loaded();
    for (const book of ['b0', 'b1', 'b2', 'b4']) world.cache.keys.dropField('cache:shelf:b:books', book);
    world.server.remove('b3');
    await hint(world, 'b3');
    expect(world.cached('b').has('b3')).toBe(false);
    expect(await world.partition('b')).toMatchObject({ count: 4 });
  });

  it('does not let a message that was read before bring it back', async () => {
    const world = await loaded();
    world.server.put('a7', 'a', 'second');
    world.clock.advance(240_000);
    await world.plan();
    const late = world.take();
    world.server.remove('a7');
    await hint(world, 'a7');
    for (const task of late) await world.deliver(task);
    await world.drain();
    expect(world.cached('a').has('a7')).toBe(false);
  });
});

describe('hints and who else works', () => {
  it('wait while somebody else has the partition', async () => {
    const world = await loaded();
    const key = partitionKey(LIBRARY, 'a');
    const held = await world.partitions.acquire(key, 'somebody', 15_000);
    world.server.put('a7', 'a', 'second');
    await tell(world, ['a7']);
    await world.deliver(HINT);
    expect(world.cached('a').get('a7')).toContain('first');
    if (held.outcome === 'held') await world.partitions.commit(held.held, {});
    await world.drain();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('are left to the next delta once they were put back often', async () => {
    const world = await loaded();
    await world.partitions.acquire(partitionKey(LIBRARY, 'a'), 'somebody', 3_600_000);
    const calls = world.calls();
    await hint(world, 'a7');
    expect(world.calls() - calls).toBe(HINT_TRIES + 1);
    expect(world.telemetry.sum('HintsDropped')).toBe(1);
  });

  it('are read again where a scan has ended since they were read', async () => {
    const world = await loaded();
    const key = partitionKey(LIBRARY, 'a');
    world.server.beforePage = async () => {
      world.server.beforePage = () => {};
      const acquired = await world.partitions.acquire(key, 'scan', 1_000);
      if (acquired.outcome === 'held') await world.partitions.commit(acquired.held, { scanOrder: 1_000_000 });
    };
    world.server.put('a7', 'a', 'second');
    await tell(world, ['a7']);
    await world.deliver(HINT);
    expect(world.cached('a').get('a7')).toContain('first');
  });

  it('write nothing into a partition that is to be read as a whole', async () => {
    const world = await loaded();
    await world.partitions.markRebuild(partitionKey(LIBRARY, 'a'));
    world.server.put('a7', 'a', 'second');
    await hint(world, 'a7');
    expect(world.cached('a').get('a7')).toContain('first');
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('find out that the cache lost the partition', async () => {
    const world = await loaded();
    world.cache.keys.flush();
    world.server.put('a7', 'a', 'second');
    await hint(world, 'a7');
    expect((await world.partition('a'))?.pending.rebuild).toBe(true);
  });

  it('wait when the cache does not answer, and come back with their message', async () => {
    const world = await loaded();
    world.server.put('a7', 'a', 'second');
    await tell(world, ['a7']);
    const apply = async () => {
      throw new CacheFailure('cache-unavailable', 'down');
    };
    const cache = Object.assign(Object.create(world.cache), { apply });
    expect(await world.deliver(HINT, { cache })).toBeInstanceOf(CacheFailure);
    world.clock.advance(HINT_GAP_MS);
    await world.deliver(HINT);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('of a paused stream, or of one that was never read, ask nobody', async () => {
    const world = await loaded();
    await setPause(world.ports, [LIBRARY], true);
    const calls = world.calls();
    await hint(world, 'a7');
    expect(world.calls()).toBe(calls);
    const fresh = new World();
    fresh.server.put('a1', 'a', 'first');
    await hint(fresh, 'a1');
    expect(fresh.calls()).toBe(0);
  });

  it('of a stream whose partitions are asked one by one are followed too', async () => {
    const world = await loaded({ coverage: 'partition' });
    world.server.put('a7', 'a', 'second');
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('do not disturb an audit that is under way', async () => {
    const world = await loaded();
    await world.partitions.acquire(partitionKey(LIBRARY, auditItem('*')), 'auditor', 60_000);
    world.server.put('a7', 'a', 'second');
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});

describe('a flood of hints', () => {
  it('is asked for together: 300 edits take a call for each fifty', async () => {
    const world = await loaded();
    for (let book = 0; book < 300; book += 1) world.server.put(`f${book}`, 'a', 'flood');
    const calls = world.calls();
    for (let book = 0; book < 300; book += 1) await tell(world, [`f${book}`]);
    await world.drain(2_000);
    expect(world.calls() - calls).toBe(300 / HINTS_AT_ONCE);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('is followed to its end by clocks that are behind', async () => {
    const world = await loaded();
    await hint(world, 'a1');
    world.server.put('a7', 'a', 'second');
    await tell(world, ['a7']);
    for (let round = 0; world.queue.sent.length > 0; round += 1) {
      expect(round).toBeLessThan(10);
      world.clock.advance(1_000);
      for (const task of world.take()) await world.deliver(task);
    }
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('is left to the next delta where too many wait', async () => {
    const world = await loaded();
    for (let from = 0; from < HINTS_WAITING; from += 100) {
      await tell(
        world,
        Array.from({ length: 100 }, (_, index) => `x${from + index}`),
      );
    }
    world.take();
    expect(await tell(world, ['a7'])).toBe('accepted');
    expect(world.take()).toEqual([]);
    expect(world.telemetry.sum('HintsDropped')).toBe(1);
  });

  it('spends a fifth of the day’s calls and no more', async () => {
    const world = await loaded({ perDay: 100 });
    const calls = world.calls();
    for (let round = 0; round < 30; round += 1) {
      world.server.put('a7', 'a', `edit ${round}`);
      await hint(world, 'a7');
      world.clock.advance(HINT_GAP_MS);
    }
    expect(world.calls() - calls).toBe(20);
    expect(world.telemetry.sum('HintsDropped')).toBe(10);
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('waits out a minute whose calls are spent', async () => {
    const world = await loaded();
    world.server.put('a7', 'a', 'second');
    world.server.scripted.push({ status: 429, body: '', retryAfter: '60' });
    await hint(world, 'a7');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('asks nobody while the source is down or refuses us, and is forgotten', async () => {
    const world = await loaded();
    world.server.scripted.push({ status: 403, body: '' });
    await tell(world, ['a7']);
    expect(await world.deliver(HINT)).toEqual({ verdict: 'done' });
    expect(world.telemetry.sum('HintsDropped')).toBe(1);
  });
});

describe('accepting hints', () => {
  it('remembers a delivery, and does nothing when it comes again', async () => {
    const world = await loaded();
    const ports = { ...world.ports, marks: new InMemoryDeliveryMarks(world.clock) };
    const delivery = { connection: 'library', delivery: 'd1', hints: [{ stream: 'books', ids: ['a7'] }] };
    expect(await acceptHints(ports, delivery)).toBe('accepted');
    expect(world.take()).toEqual([HINT]);
    expect(await acceptHints(ports, delivery)).toBe('repeated');
    expect(world.take()).toEqual([]);
  });

  it('takes the same delivery again when its message could not be sent', async () => {
    const world = await loaded();
    const ports = { ...world.ports, marks: new InMemoryDeliveryMarks(world.clock) };
    const delivery = { connection: 'library', delivery: 'd1', hints: [{ stream: 'books', ids: ['a7'] }] };
    world.queue.refusing = 1;
    expect(await acceptHints(ports, delivery)).toBe('queue-unavailable');
    expect(await acceptHints(ports, delivery)).toBe('accepted');
  });

  it('takes it again when the store failed', async () => {
    const world = await loaded();
    const marks = new InMemoryDeliveryMarks(world.clock);
    const delivery = { connection: 'library', delivery: 'd1', hints: [{ stream: 'books', ids: ['a7'] }] };
    const add = async () => {
      throw new Error('the table did not answer');
    };
    const hints = Object.assign(Object.create(world.hints), { add });
    await expect(acceptHints({ ...world.ports, marks, hints }, delivery)).rejects.toThrow('did not answer');
    expect(await acceptHints({ ...world.ports, marks }, delivery)).toBe('accepted');
  });

  it('leaves out what cannot be an id, and sends nothing for nothing', async () => {
    const world = await loaded();
    await tell(world, ['#fence', '', 'x'.repeat(300)]);
    expect(world.take()).toEqual([]);
  });
});
