import { beforeEach, describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import type { Task } from '../../../lib/domain/task.ts';
import type { CacheFailureCode } from '../../../lib/ports/cache.ts';
import { CacheFailure } from '../../../lib/ports/cache.ts';
import { LIBRARY, World } from '../../support/world.ts';

const FIRST = '4433256000013547003';
const SECOND = '4433256000013547000';

async function loaded(): Promise<World> {
  const world = new World();
  const long = plusMs(world.server.now(), -86_400_000);
  world.server.put(FIRST, 'a', 'first', long);
  world.server.put(SECOND, 'a', 'second', long);
  for (let book = 0; book < 30; book += 1) world.server.put(`a${book}`, 'a', `book ${book}`, long);
  for (let book = 0; book < 30; book += 1) world.server.put(`b${book}`, 'b', `book ${book}`, long);
  await world.load();
  return world;
}

function expectEqual(world: World): void {
  for (const shelf of world.server.shelves.keys()) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
}

describe('a cycle with changes', () => {
  let world: World;

  beforeEach(async () => {
    world = await loaded();
    expectEqual(world);
  });

  it('costs one call, and the changes of a partition reach it in one message', async () => {
    world.server.put(FIRST, 'a', 'edited');
    world.server.put('new', 'a', 'inserted');
    world.server.put('b1', 'b', 'edited');
    const calls = world.calls();
    world.clock.advance(300_000);
    await world.plan();
    expect(world.queue.sent.map(({ task }) => task.partition).toSorted()).toEqual(['a', 'b']);
    await world.drain();
    expectEqual(world);
    expect(world.calls() - calls).toBe(1);
  });

  it('is handed out once, and not again while it stays in the overlap', async () => {
    world.server.put(FIRST, 'a', 'edited');
    await world.cycle();
    const commands = world.cache.commands;
    world.clock.advance(120_000);
    await world.streams.makeDue(LIBRARY);
    await world.plan();
    expect(world.queue.sent).toEqual([]);
    expect(world.cache.commands - commands).toBe(1);
  });

  it('takes at most eight commands for a changed partition', async () => {
    world.server.put(FIRST, 'a', 'edited');
    const commands = world.cache.commands;
    await world.cycle();
    expect(world.cache.commands - commands - 1).toBeLessThanOrEqual(8);
  });

  it('is right when two planners run at once', async () => {
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(300_000);
    const calls = world.calls();
    await Promise.all([world.plan(), world.plan()]);
    await world.drain();
    expectEqual(world);
    expect(world.calls() - calls).toBe(1);
  });

  it('is right when one message is delivered twice at once, and again days later', async () => {
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(300_000);
    await world.plan();
    const [task] = world.take();
    if (task === undefined) throw new Error('no message');
    await Promise.all([world.deliver(task), world.deliver(task)]);
    await world.drain();
    expectEqual(world);
    world.server.put(FIRST, 'a', 'edited again');
    await world.cycle();
    world.clock.advance(3 * 86_400_000);
    await world.deliver(task);
    expectEqual(world);
  });

  it('is right in whichever order the messages of three cycles arrive', async () => {
    for (const order of ['012', '021', '102', '120', '201', '210']) {
      world = await loaded();
      const tasks: Task[] = [];
      for (const text of ['one', 'two', 'three']) {
        world.server.put(FIRST, 'a', text);
        world.server.put(`only-${text}`, 'a', text);
        world.clock.advance(300_000);
        await world.plan();
        // What the planner sends again for what stays open is left to the others.
        tasks.push(...world.take().filter(({ task }) => task === 'apply'));
      }
      expect(tasks).toHaveLength(3);
      for (const index of order) {
        const task = tasks[Number(index)];
        if (task !== undefined) await world.deliver(task);
        expect(world.cached('a').get(FIRST)).not.toContain('first');
      }
      await world.drain();
      expectEqual(world);
    }
  });

  it('loses nothing when a worker dies after the cache write and before the commit', async () => {
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(300_000);
    await world.plan();
    const [task] = world.take();
    if (task === undefined) throw new Error('no message');
    const partitions = new Proxy(world.ports.partitions, {
      get: (store, name, receiver) =>
        name === 'commit'
          ? async () => Promise.reject(new Error('killed'))
          : bound(store, Reflect.get(store, name, receiver)),
    });
    expect(await world.deliver(task, { partitions })).toBeInstanceOf(Error);
    expect((await world.partition('a'))?.pending.open).toHaveLength(1);
    // Nobody delivers the message again: the planner finds the partition once the lease has lapsed.
    await world.cycle();
    await world.cycle();
    expectEqual(world);
    expect((await world.partition('a'))?.pending.open).toEqual([]);
  });

  it('re-reads a window when a message is lost', async () => {
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(300_000);
    await world.plan();
    world.take();
    expect((await world.partition('a'))?.pending.open).toHaveLength(1);
    await world.cycle();
    await world.cycle();
    expectEqual(world);
    expect((await world.partition('a'))?.unfinishedSince).toBeUndefined();
  });

  it('stays pending when its message cannot be sent, and is planned again', async () => {
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(300_000);
    world.queue.refusing = 1;
    await world.plan();
    expect(world.queue.sent).toEqual([]);
    await world.cycle();
    await world.cycle();
    expectEqual(world);
  });

  it('re-reads what is too large for a message', async () => {
    world = new World({ policy: { inlineBytes: 10 } });
    world.server.put(FIRST, 'a', 'first', plusMs(world.server.now(), -86_400_000));
    await world.load();
    world.server.put(FIRST, 'a', 'edited');
    await world.cycle();
    expectEqual(world);
  });

  it('takes the later of two edits within one second', async () => {
    const second = plusMs(world.server.now(), 200_000);
    world.clock.advance(200_000);
    world.server.put(FIRST, 'a', 'one', second);
    await world.cycle();
    world.server.put(FIRST, 'a', 'two', second);
    await world.cycle();
    expectEqual(world);
  });

  it('finds a change that became visible late', async () => {
    world.server.lagMs = 240_000;
    world.clock.advance(299_000);
    world.server.put(FIRST, 'a', 'late');
    world.clock.advance(1_000);
    await world.plan();
    await world.drain();
    expect(world.cached('a').get(FIRST)).not.toContain('late');
    await world.cycle();
    expectEqual(world);
  });

  it.each([-1_800_000, 1_800_000])("goes by the source's clock when it differs from ours by %i ms", async (skewMs) => {
    world = new World();
    world.server.skewMs = skewMs;
    world.server.put(FIRST, 'a', 'first', plusMs(world.server.now(), -86_400_000));
    await world.load();
    world.server.put(FIRST, 'a', 'edited');
    await world.cycle();
    expectEqual(world);
  });

  it("reads from the source's own now when its clock is set back", async () => {
    world.server.skewMs = -3_600_000;
    await world.cycle();
    world.server.put(FIRST, 'a', 'edited under the old clock');
    await world.cycle();
    // The cached version is stamped later than the edit only where its own time was later: this one was not.
    expect(world.cached('a').get(FIRST)).toContain('edited under the old clock');
    expect(world.telemetry.sum('ClockSetbacks')).toBeGreaterThan(0);
  });

  it('moves a record to another partition, and leaves nothing behind', async () => {
    world.server.put(FIRST, 'b', 'moved');
    await world.cycle();
    expectEqual(world);
    expect(world.cached('a').has(FIRST)).toBe(false);
    expect((await world.partition('a'))?.pending.moved).toEqual({});
  });

  it('completes a move though the message that removes the old copy is lost', async () => {
    world.server.put(FIRST, 'b', 'moved');
    world.clock.advance(300_000);
    await world.plan();
    const [task] = world.take();
    if (task === undefined) throw new Error('no message');
    await world.deliver(task);
    expect(world.take().length).toBe(1);
    expect(world.cached('a').has(FIRST)).toBe(true);
    await world.cycle();
    await world.cycle();
    expectEqual(world);
  });

  it('moves a record there and back again', async () => {
    world.server.put(FIRST, 'b', 'there');
    await world.cycle();
    world.server.put(FIRST, 'a', 'and back');
    await world.cycle();
    expectEqual(world);
  });

  it('discovers a partition it has never heard of, and puts it in the cache', async () => {
    world.server.put('c1', 'c', 'on a new shelf');
    const lists = world.calls('/shelves');
    await world.cycle();
    expectEqual(world);
    expect(world.calls('/shelves') - lists).toBe(1);
    expect(await world.partition('c')).toMatchObject({ loaded: true, title: 'Shelf c' });
  });

  it('quarantines a record whose id is not fit for a key, and goes on with the others', async () => {
    world.server.put('#fence', 'a', 'hostile');
    world.server.put(FIRST, 'a', 'edited');
    await world.cycle();
    expect(await world.quarantine.list(LIBRARY, 10)).toMatchObject([{ id: '#fence', reason: 'bad-id' }]);
    expect(world.cached('a').has('#fence')).toBe(false);
    world.server.remove('#fence');
    expectEqual(world);
    expect((await world.partition('a'))?.lastRun?.outcome).toBe('partial');
  });

  it('quarantines a record without a modified time, and goes on with the others', async () => {
    world.server.put(FIRST, 'a', 'edited');
    world.server.scripted.push({
      status: 200,
      body: JSON.stringify({ books: [JSON.stringify({ id: 'x', shelf: 'a' }), [...world.server.truth('a')][0]?.[1]] }),
    });
    await world.cycle();
    expect(await world.quarantine.list(LIBRARY, 10)).toMatchObject([{ id: 'x', reason: 'missing-modified-time' }]);
    // Mended at the source without a trace in its modified time: no delta will ever show it.
    world.server.put('x', 'a', 'mended', plusMs(world.server.now(), -86_400_000));
    world.clock.advance(3_600_000);
    await world.cycle();
    await world.cycle();
    expectEqual(world);
    expect(await world.quarantine.list(LIBRARY, 10)).toEqual([]);
  });
});

describe('while something is broken', () => {
  const outage = (world: World, code: CacheFailureCode, applied: boolean) =>
    new Proxy(world.ports.cache, {
      get: (cache, name, receiver) =>
        name === 'apply'
          ? async (request: Parameters<typeof cache.apply>[0]) => {
              if (applied) await cache.apply(request);
              throw new CacheFailure(code, 'the cache did not answer');
            }
          : bound(cache, Reflect.get(cache, name, receiver)),
    });

  it.each([
    ['does not answer', 'cache-unavailable', false],
    ['writes and does not say so', 'cache-unavailable', true],
    ['is full', 'cache-full', false],
    ['refuses the token', 'cache-unauthorized', false],
  ] as const)('nothing is lost when the cache %s', async (_what, code, applied) => {
    const world = await loaded();
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(300_000);
    await world.plan();
    const [task] = world.take();
    if (task === undefined) throw new Error('no message');
    expect(await world.deliver(task, { cache: outage(world, code, applied) })).toBeInstanceOf(CacheFailure);
    expect((await world.partition('a'))?.pending.open).toHaveLength(1);
    expect((await world.partition('a'))?.lastRun?.outcome).toBe('failed');
    await world.cycle();
    await world.cycle();
    expectEqual(world);
  });

  it.each([
    ['answers 500', { status: 500, body: 'oops' }],
    ['answers 429', { status: 429, body: '', retryAfter: '30' }],
    ['answers HTML', { status: 200, body: '<html>' }],
    ['answers half a page', { status: 200, body: '{"books":["{' }],
    ['resets the connection', 'network-error' as const],
    ['refuses us', { status: 403, body: '' }],
  ])('the watermark stays when the source %s, and nothing is lost', async (_what, answer) => {
    const world = await loaded();
    const before = (await world.stream())?.watermark;
    world.server.put(FIRST, 'a', 'edited');
    world.server.scripted.push(answer, answer, answer);
    await world.cycle();
    expect((await world.stream())?.watermark).toBe(before);
    expect((await world.stream())?.failures).toBe(1);
    world.server.scripted.splice(0);
    world.clock.advance(3_600_000);
    await world.cycle();
    expectEqual(world);
    expect((await world.stream())?.failures).toBe(0);
  });

  it('a spent day stops calls and loses nothing', async () => {
    const world = new World({ perDay: 10 });
    world.server.put(FIRST, 'a', 'first', plusMs(world.server.now(), -86_400_000));
    await world.load();
    for (let cycle = 0; cycle < 20; cycle += 1) await world.cycle();
    expect(world.calls() + world.calls('/shelves')).toBeLessThanOrEqual(10);
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(86_400_000);
    await world.cycle();
    expectEqual(world);
  });
});

describe('a partition that is read as a whole', () => {
  async function force(world: World, shelf: string): Promise<void> {
    const key = { ...LIBRARY, partition: shelf };
    const { run } = await world.partitions.requestForce(key, '0000000aa-00000001');
    await world.queue.send([{ task: { ...key, task: 'full', run }, lane: 'priority' }]);
    await world.drain();
  }

  it('gets back what the cache lost', async () => {
    const world = await loaded();
    for (let book = 0; book < 10; book += 1) world.cache.keys.dropField('cache:shelf:a:books', `a${book}`);
    await force(world, 'a');
    expectEqual(world);
    expect((await world.partition('a'))?.force).toBeUndefined();
    expect((await world.runs.find('0000000aa-00000001', ['library']))?.outcome).toBe('succeeded');
  });

  it('ends as failed when the source refuses us for good, and can be asked for again', async () => {
    const world = await loaded();
    world.server.scripted.push({ status: 403, body: '' });
    await force(world, 'a');
    expect(await world.runs.find('0000000aa-00000001', ['library'])).toMatchObject({
      state: 'ended',
      outcome: 'failed',
      error: 'source-misconfigured',
    });
    expect((await world.partition('a'))?.force).toBeUndefined();
    await force(world, 'a');
    expectEqual(world);
  });

  it('loses what is gone at the source, once a query by id has confirmed it', async () => {
    const world = await loaded();
    world.server.remove(FIRST);
    await force(world, 'a');
    expectEqual(world);
    // And with it for one that the scan did see, so that silence is not taken for an answer.
    expect(world.server.requests.at(-1)?.searchParams.get('ids')?.split(',')[0]).toBe(FIRST);
  });

  it('keeps everything when the source suddenly shows nothing', async () => {
    const world = await loaded();
    const before = world.cached('a');
    for (const id of before.keys()) world.server.remove(id);
    await force(world, 'a');
    expect(world.cached('a')).toEqual(before);
    expect((await world.partition('a'))?.lastRun?.outcome).toBe('partial');
  });

  it('does not resurrect a deleted record when an old message comes again', async () => {
    const world = await loaded();
    world.server.put(FIRST, 'a', 'edited');
    world.clock.advance(300_000);
    await world.plan();
    const tasks: readonly Task[] = world.take();
    world.server.remove(FIRST);
    await force(world, 'a');
    expect(world.cached('a').has(FIRST)).toBe(false);
    for (const task of tasks) await world.deliver(task);
    await world.drain();
    expectEqual(world);
  });

  it('does not resurrect a record that a delta read between the pages of the scan that found it gone', async () => {
    const world = await loaded();
    world.server.pageSize = 20;
    const tasks: Task[] = [];
    world.server.put(FIRST, 'a', 'edited before the scan');
    await world.cycle();
    world.clock.advance(300_000);
    const key = { ...LIBRARY, partition: 'a' };
    await world.partitions.requestForce(key, '0000000aa-00000001');
    let pages = 0;
    const scan = world.deliver({ ...key, task: 'full', run: '0000000aa-00000001' });
    world.server.beforePage = () => {
      pages += 1;
      if (pages === 1) world.server.put(SECOND, 'a', 'edited during the scan');
    };
    await scan;
    await world.plan();
    tasks.push(...world.take());
    world.server.remove(SECOND);
    await force(world, 'a');
    for (const task of tasks) await world.deliver(task);
    await world.drain();
    expectEqual(world);
  });

  it('keeps a record that the scan passed over and a query by id still finds', async () => {
    const world = await loaded();
    const hidden = world.server.records.get(FIRST);
    if (hidden === undefined) throw new Error('no record');
    world.server.records.delete(FIRST);
    world.server.beforePage = () => {
      if (world.server.requests.at(-1)?.searchParams.has('ids')) world.server.records.set(FIRST, hidden);
    };
    await force(world, 'a');
    expect(world.cached('a').has(FIRST)).toBe(true);
    expectEqual(world);
  });

  it('is read page by page over several invocations', async () => {
    const world = await loaded();
    world.server.pageSize = 5;
    world.server.beforePage = () => world.clock.advance(45_000);
    for (const id of ['a1', 'a2', 'a3']) world.cache.keys.dropField('cache:shelf:a:books', id);
    await force(world, 'a');
    expectEqual(world);
  });
});

function bound(target: object, member: unknown): unknown {
  return typeof member === 'function' ? member.bind(target) : member;
}
