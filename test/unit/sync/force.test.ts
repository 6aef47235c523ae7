import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import { partitionKey } from '../../../lib/domain/names.ts';
import { newRunId } from '../../../lib/sync/new-run-id.ts';
import { LIBRARY, World } from '../../support/world.ts';

const KEY = partitionKey(LIBRARY, 'a');

async function loaded(): Promise<World> {
  const world = new World();
  const at = plusMs(world.server.now(), -86_400_000);
  for (let book = 0; book < 30; book += 1) world.server.put(`book-${String(book).padStart(2, '0')}`, 'a', 'text', at);
  await world.load();
  world.server.pageSize = 10;
  return world;
}

function ask(world: World) {
  return world.partitions.requestForce(KEY, newRunId(world.ports));
}

describe('a force asked for while one is under way', () => {
  it('is remembered once and answered with the run that will carry it', async () => {
    const world = await loaded();
    const first = await ask(world);
    const later: { run: string; created: boolean }[] = [];
    world.server.beforePage = async (page) => {
      if (page % 3 !== 2 || later.length > 0) return;
      later.push(await ask(world), await ask(world));
    };
    await world.deliver({ ...KEY, task: 'full', run: first.run });
    world.server.beforePage = () => {};
    await world.drain();
    const [second, third] = later;
    expect(second).toMatchObject({ created: true });
    expect(second?.run).not.toBe(first.run);
    expect(third).toEqual({ run: second?.run, created: false });
    for (const run of [first.run, second?.run ?? '']) {
      expect(await world.runs.find(run, [LIBRARY.connection])).toMatchObject({ state: 'ended', outcome: 'succeeded' });
    }
    expect((await world.partition('a'))?.force).toBeUndefined();
  });
});

describe('a cancelled run', () => {
  it('ends where it stands, keeps what it wrote, and is never called a success', async () => {
    const world = await loaded();
    const { run } = await ask(world);
    world.server.beforePage = async (page) => {
      if (page % 3 === 2) await world.partitions.requestCancel(KEY, run);
    };
    await world.deliver({ ...KEY, task: 'full', run });
    await world.drain();
    expect(await world.runs.find(run, [LIBRARY.connection])).toMatchObject({ state: 'ended', outcome: 'cancelled' });
    const state = await world.partition('a');
    expect(state?.full).toBeUndefined();
    expect(state?.cancel).toBeUndefined();
    expect(state?.lastRun?.outcome).toBe('cancelled');
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });

  it('need not have begun', async () => {
    const world = await loaded();
    const { run } = await ask(world);
    expect(await world.partitions.requestCancel(KEY, run)).toBe(true);
    const calls = world.server.requests.length;
    await world.deliver({ ...KEY, task: 'full', run });
    expect(world.server.requests.length).toBe(calls);
    expect((await world.partition('a'))?.force).toBeUndefined();
  });
});

describe('a rebuild asked for between the pages of a full', () => {
  it('makes the same run begin again', async () => {
    const world = await loaded();
    const { run } = await ask(world);
    let flushed = false;
    world.server.beforePage = async (page) => {
      if (flushed || page % 3 !== 0) return;
      flushed = true;
      world.cache.keys.flush();
      await world.partitions.markRebuild(KEY);
    };
    await world.deliver({ ...KEY, task: 'full', run });
    await world.drain();
    expect(flushed).toBe(true);
    expect(world.cached('a')).toEqual(world.server.truth('a'));
    expect((await world.partition('a'))?.pending.rebuild).toBe(false);
    expect(await world.runs.find(run, [LIBRARY.connection])).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('a page that is mostly unreadable', () => {
  it('stops the run, quarantines nothing and moves no watermark', async () => {
    const world = await loaded();
    world.server.pageSize = 1_000;
    const honest = world.server.send.bind(world.server);
    world.server.send = async (request) => {
      const response = await honest(request);
      return { ...response, body: response.body.replaceAll('changed', 'modified_on') };
    };
    const before = await world.stream();
    for (let book = 0; book < 30; book += 1) world.server.put(`book-${String(book).padStart(2, '0')}`, 'a', 'renamed');
    await world.cycle();
    const after = await world.stream();
    expect(after?.watermark).toBe(before?.watermark);
    expect(after?.lastError).toContain('too-many-rejected');
    expect(await world.quarantine.list(LIBRARY, 100)).toEqual([]);
    world.server.send = honest;
    world.clock.advance(3_600_000);
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});
