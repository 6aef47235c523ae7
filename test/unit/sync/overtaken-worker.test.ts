import { describe, expect, it } from 'vitest';
import { plusMs } from '../../../lib/domain/instant.ts';
import type { Task } from '../../../lib/domain/task.ts';
import { copyKeys, type KeysCopy } from '../../simulation/key-copies.ts';
import { present } from '../../support/present.ts';
import { LIBRARY, World, type WorldOptions } from '../../support/world.ts';

/** Longer than any lease: its invocation's time and a little more. */
const LEASE_OVER_MS = 125_000;

async function withOneChange(options: WorldOptions = {}): Promise<{ readonly world: World; readonly task: Task }> {
  const world = new World(options);
  const long = plusMs(world.server.now(), -86_400_000);
  for (let book = 0; book < 5; book += 1) world.server.put(`b${book}`, 'a', 'first', long);
  await world.load();
  world.server.put('b0', 'a', 'edited');
  world.clock.advance(300_000);
  await world.plan();
  return { world, task: present(world.take()[0], 'the message') };
}

/** The port on which one method stands still for once, as a worker does that was frozen. */
function frozen<T extends object>(port: T, method: keyof T, meanwhile: () => Promise<void>): T {
  let first = true;
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== method) return member.bind(target);
      return async (...args: readonly unknown[]): Promise<unknown> => {
        if (first) {
          first = false;
          await meanwhile();
        }
        return Reflect.apply(member, target, args);
      };
    },
  });
}

describe('a worker that outlives its lease', () => {
  it.each(['apply', 'commit'] as const)(
    'changes nothing when it comes to %s, and its run is called fenced',
    async (at) => {
      const { world, task } = await withOneChange();
      let after: KeysCopy | undefined;
      const meanwhile = async (): Promise<void> => {
        world.clock.advance(LEASE_OVER_MS);
        world.server.put('b0', 'a', 'edited again');
        await world.deliver({ ...LIBRARY, partition: 'a', task: 'window', reason: 'pending' });
        after = copyKeys(world.cache.keys);
      };
      const { partitions, cache } = world.ports;
      const ports =
        at === 'apply'
          ? { cache: frozen(cache, 'apply', meanwhile) }
          : { partitions: frozen(partitions, 'commit', meanwhile) };
      await world.deliver(task, ports);
      expect(copyKeys(world.cache.keys)).toEqual(after);
      expect(world.cached('a')).toEqual(world.server.truth('a'));
      const ended = world.telemetry.logs.filter(({ message }) => message === 'run ended').slice(-2);
      expect(ended.map(({ fields }) => [fields.task, fields.outcome])).toEqual([
        ['window', 'succeeded'],
        ['apply', 'fenced'],
      ]);
      expect((await world.partition('a'))?.lastRun).toMatchObject({ task: 'window', outcome: 'succeeded' });
      await world.cycle();
      expect(world.cached('a')).toEqual(world.server.truth('a'));
    },
  );
});

describe('a change whose partition somebody else holds', () => {
  it.each([
    ['is sent again with its records', 49_152, 1],
    ['is not sent again where the message has none: the item remembers it', 10, 0],
  ])('%s', async (_what, inlineBytes, sent) => {
    const { world, task } = await withOneChange({ policy: { inlineBytes } });
    const key = { ...LIBRARY, partition: 'a' };
    const taken = await world.partitions.acquire(key, 'somebody else', LEASE_OVER_MS);
    await world.deliver(task);
    expect(world.take()).toHaveLength(sent);
    if (taken.outcome === 'held') await world.partitions.commit(taken.held, {});
    if (sent > 0) await world.deliver(task);
    await world.cycle();
    expect(world.cached('a')).toEqual(world.server.truth('a'));
  });
});
