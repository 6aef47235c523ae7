import { describe, expect, it } from 'vitest';
import type { FullCheckpoint } from '../../../lib/domain/partition.ts';
import { DyingWorker } from '../../support/dying-worker.ts';
import { change, discover, fullOf, loaded, problemsIn, Readers, step, until } from '../../support/layout-world.ts';

describe.each([false, true])('a stream that is to have another cache layout, in segments: %s', (segmented) => {
  it('is built beside the old one while changes go on, and then switched; nobody sees a gap (I9)', async () => {
    const world = await loaded({ segmented });
    const readers = new Readers(world);
    world.layout = 2;
    await discover(world);
    let waiting = [...world.take()];
    expect(waiting.map(({ task }) => task)).toEqual(['full', 'full']);
    const phases = new Set<string | undefined>();
    for (let round = 1; round <= 40; round += 1) {
      if (round <= 16) change(world, round);
      if (round === 9) world.server.remove('a6');
      world.clock.advance(round % 4 === 0 ? 300_000 : 1_000);
      if (round % 4 === 0) await world.plan();
      const tasks = [...waiting, ...world.take()];
      waiting = [];
      for (const task of tasks) {
        await step(world, task);
        readers.look();
        phases.add((await world.partition('a'))?.full?.phase);
      }
    }
    expect([...phases]).toEqual(expect.arrayContaining(['read', 'finish', 'copy', 'switch']));
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    await world.audit();
    readers.look();
    expect(readers.problems).toEqual([]);
    expect(await problemsIn(world, 2)).toEqual([]);
  });

  it.each([
    ['all of it', () => true],
    ['while it is copied', (full: FullCheckpoint | undefined) => full?.phase === 'copy' && full.cursor !== undefined],
    ['before it is switched', (full: FullCheckpoint | undefined) => full?.phase === 'switch'],
  ] as const)('survives a worker that dies at any call: %s', async (_when, reached) => {
    const run = async (worker: DyingWorker) => {
      const world = await loaded({ segmented });
      const readers = new Readers(world);
      world.layout = 2;
      await discover(world);
      world.take();
      await until(world, reached);
      change(world, 1);
      world.clock.advance(300_000);
      await world.plan();
      const ports = worker.ports(world.ports);
      for (const task of [...world.take(), fullOf('a')]) {
        await world.deliver(task, ports);
        readers.look();
      }
      return { world, readers };
    };
    const whole = new DyingWorker();
    await run(whole);
    expect(whole.calls).toBeGreaterThan(20);
    for (let call = 1; call <= whole.calls; call += 1) {
      for (const when of ['before', 'after'] as const) {
        const { world, readers } = await run(new DyingWorker(call, when));
        readers.look();
        world.take();
        change(world, 2);
        for (let cycle = 0; cycle < 4; cycle += 1) {
          await world.cycle();
          readers.look();
        }
        expect(readers.problems, `${when} call ${call}`).toEqual([]);
        expect(await problemsIn(world, 2), `${when} call ${call}`).toEqual([]);
      }
    }
  });

  it('is left as it was, when the stream is to have its old layout again before the switch', async () => {
    const world = await loaded({ segmented });
    world.layout = 2;
    await discover(world);
    await until(world, (full) => full?.phase === 'copy' && full.cursor !== undefined);
    world.layout = 1;
    await world.drain();
    expect(await problemsIn(world, 1)).toEqual([]);
  });

  it('goes back the same way', async () => {
    const world = await loaded({ segmented });
    const readers = new Readers(world);
    for (const [round, layout] of [2, 1, 3].entries()) {
      world.layout = layout;
      await discover(world);
      await until(world, (full) => full?.phase === 'copy' && full.cursor !== undefined);
      readers.look();
      change(world, 1 + round);
      await world.cycle();
      await world.cycle();
      readers.look();
      expect(await problemsIn(world, layout)).toEqual([]);
      expect(readers.problems).toEqual([]);
    }
  });

  it('is told of for partitions that are new from the start', async () => {
    const world = await loaded({ segmented });
    world.layout = 2;
    world.server.put('c1', 'c', '001');
    await world.cycle();
    await world.cycle();
    expect(world.cached('c')).toEqual(world.server.truth('c'));
    expect((await world.partition('c'))?.layout).toBe(2);
    expect(world.cache.keys.names()).not.toContain('cache:shelf:c:books');
  });

  it('is the one a new partition keeps, though its first writer dies and the stream is to have yet another', async () => {
    const world = await loaded({ segmented });
    world.layout = 2;
    world.server.put('c1', 'c', '001');
    world.clock.advance(300_000);
    await world.plan();
    const [apply] = world.take().filter(({ partition }) => partition === 'c');
    if (apply === undefined) throw new Error('expected a delta of shelf c');
    const written = async () => world.cached('c').size > 0;
    const die = (): never => {
      throw new Error('it dies');
    };
    const partitions = new Proxy(world.partitions, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...args: readonly unknown[]) => ((await written()) ? die() : Reflect.apply(member, target, args));
      },
    });
    await world.deliver(apply, { partitions });
    expect(world.cached('c')).toEqual(world.server.truth('c'));
    world.layout = 3;
    world.clock.advance(300_000);
    await world.deliver(apply);
    expect((await world.partition('c'))?.layout).toBe(2);
    expect(world.cached('c')).toEqual(world.server.truth('c'));
  });
});
