import { describe, expect, it } from 'vitest';
import { DyingWorker } from '../../support/dying-worker.ts';
import { DESK, ImportWorld } from '../../support/import-world.ts';
import { present } from '../../support/present.ts';

const TITLES = 'Phone,Name,Store,Date,Remarks';
const STORES = ['edappally', 'kottayam', 'kochi'];

/** So many rows, over three stores. */
function fileOf(rows: number, remarks = 'x', from = 0): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const number = from + index;
    return `98470${String(10_000 + number).padStart(5, '0')},Guest ${number},${STORES[number % 3]},2026-11-05,${remarks}`;
  });
  return [TITLES, ...lines].join('\n');
}

describe('an import', () => {
  it('brings every row to its store, and tells readers that there is nothing else to wait for', async () => {
    const world = new ImportWorld();
    const run = await world.import(fileOf(5_000));
    expect(run).toMatchObject({ task: 'import', state: 'ended', outcome: 'succeeded', partition: '*' });
    expect(run.ledger).toMatchObject({ pages: 3, seen: 5_000, added: 5_000, updated: 0, unchanged: 0, quarantined: 0 });
    expect(STORES.map((store) => world.cached(store).size)).toEqual([1_667, 1_667, 1_666]);
    const meta = world.world.cache.keys.hash('cache:location:kochi:walk-ins:meta');
    expect([meta.get('loaded'), meta.get('pending'), meta.get('count')]).toEqual(['true', 'false', '1666']);
  });

  it('of the same file again writes nothing', async () => {
    const world = new ImportWorld();
    await world.import(fileOf(5_000));
    const before = JSON.stringify([...world.world.cache.keys.hash('cache:location:kochi:walk-ins:meta')]);
    const again = await world.import(`\ufeff${fileOf(5_000).replaceAll(',', ';').replaceAll('\n', '\r\n')}`);
    expect(again.outcome).toBe('succeeded');
    expect(again.ledger).toMatchObject({ seen: 5_000, added: 0, updated: 0, unchanged: 5_000 });
    expect(JSON.stringify([...world.world.cache.keys.hash('cache:location:kochi:walk-ins:meta')])).toBe(before);
  });

  it('updates what is there already, and leaves what its file does not have', async () => {
    const world = new ImportWorld();
    await world.import(fileOf(30));
    const run = await world.import(fileOf(20, 'called back', 15));
    expect(run.ledger).toMatchObject({ seen: 20, added: 5, updated: 15 });
    expect(world.bodies(...STORES).filter((body) => body.includes('"remarks":"called back"')).length).toBe(20);
    expect(world.bodies(...STORES).length).toBe(35);
  });

  it('goes back to an earlier content when the earlier file is brought again', async () => {
    const world = new ImportWorld();
    for (const remarks of ['a', 'b', 'a']) await world.import(fileOf(3, remarks));
    expect(world.bodies(...STORES).every((body) => body.includes('"remarks":"a"'))).toBe(true);
  });

  it('that was begun later wins, whichever ends first', async () => {
    const world = new ImportWorld();
    const [first, second] = [await world.ask(fileOf(2_500, 'first')), await world.ask(fileOf(2_500, 'second'))];
    const [one, two] = world.world.take();
    // The first one's time is over after a page; the other overtakes it.
    world.sliceMs = 0;
    await world.deliver(present(one, 'the message'));
    world.sliceMs = 298_000;
    await world.deliver(present(two, 'the message'));
    await world.drain();
    expect((await world.run(second)).ledger).toMatchObject({ updated: 2_000, added: 500 });
    expect((await world.run(first)).ledger).toMatchObject({ added: 2_000, superseded: 500 });
    expect(world.bodies(...STORES).every((body) => body.includes('"second"'))).toBe(true);
  });

  it('rejects rows by themselves, and says of each where and what is expected', async () => {
    const world = new ImportWorld();
    const file = `${TITLES}\n9847010000,Asha,kochi,2026-11-05,\n12,Bina,kochi,5/6/2026,"=cmd|' /C calc'!A0"\n9847010000,Asha,kochi,2026-11-05,other\n`;
    const run = await world.import(file);
    expect(run).toMatchObject({ outcome: 'partial', ledger: { seen: 3, added: 1, quarantined: 2 } });
    expect(world.files.errors.get(run.run)?.split('\r\n')).toEqual([
      '\ufeffrow,column,expected',
      '3,Phone,a phone number of 5 to 15 digits',
      '3,Date,"a date that says which is the day: 2026-11-05, or set dateOrder in the settings of the connection"',
      '4,,"one row for the same phone, name, store, lead type and date: row 2 has them too, and differs in the rest"',
      '',
    ]);
    expect(JSON.stringify(world.world.telemetry)).not.toMatch(/Bina|Asha|98470/);
  });

  it('has no file of errors when there are none', async () => {
    const world = new ImportWorld();
    await world.import(fileOf(3));
    expect(world.files.errors.size).toBe(0);
  });

  it('ends at once when its file lacks a column, with nothing written', async () => {
    const world = new ImportWorld();
    const run = await world.import('Phone,Name,Date,=SUM(A1)\n1,2,3,4');
    expect(run).toMatchObject({ state: 'ended', outcome: 'failed', error: 'bad-titles', ledger: { seen: 0 } });
    expect(world.files.errors.get(run.run)).toContain('1,store,a column for store');
    expect(world.world.queue.sent).toEqual([]);
  });

  it('ends when nothing was uploaded', async () => {
    const world = new ImportWorld();
    const run = await world.ask('');
    world.files.uploads.delete(run);
    await world.drain();
    expect(await world.run(run)).toMatchObject({ state: 'ended', outcome: 'failed', error: 'file-missing' });
  });

  it('brings back what the cache has lost', async () => {
    const world = new ImportWorld();
    await world.import(fileOf(90));
    const before = world.bodies(...STORES);
    world.world.cache.keys.flush();
    expect((await world.import(fileOf(90))).ledger).toMatchObject({ seen: 90, added: 90 });
    expect(world.bodies(...STORES)).toEqual(before);
  });
});

describe('a record that a person wanted erased', () => {
  it('is not brought back by the file that had it, even after the cache was lost, but by a row that changed', async () => {
    const world = new ImportWorld();
    const { cache, forgotten, clock } = world.world;
    await world.import(fileOf(30));
    const id = present([...world.cached('kochi').keys()][0], 'a record');
    const stored = present((await cache.storedStamps({ ...DESK, partition: 'kochi' }, [id])).get(id), 'its stamp');
    await forgotten.put(DESK, { record: id, partition: 'kochi', stamp: stored.stamp, at: clock.now() });
    cache.keys.flush();
    expect((await world.import(fileOf(30), true)).ledger).toMatchObject({ added: 29, superseded: 1 });
    await world.import(fileOf(30));
    expect(world.bodies(...STORES).length).toBe(29);
    expect(world.cached('kochi').has(id)).toBe(false);
    await world.import(fileOf(30, 'came again'));
    expect(world.bodies(...STORES).length).toBe(30);
  });
});

describe('a dry run', () => {
  it('writes nothing, and counts what the import then does', async () => {
    const world = new ImportWorld();
    await world.import(fileOf(2_400));
    const [cache, commands] = [JSON.stringify(world.bodies(...STORES)), world.world.partitions];
    const file = `${fileOf(2_400, 'y', 1_200)}\n${fileOf(600).slice(TITLES.length + 1)}\nbad,row,,,\n`;
    const dry = await world.import(file, true);
    expect(JSON.stringify(world.bodies(...STORES))).toBe(cache);
    expect(commands).toBe(world.world.partitions);
    expect(dry).toMatchObject({ dryRun: true, outcome: 'partial' });
    expect(dry.ledger).toMatchObject({ seen: 3_001, added: 1_200, updated: 1_200, unchanged: 600, quarantined: 1 });
    expect(world.files.errors.get(dry.run)).toContain('3002,Phone');
    const real = await world.import(file);
    const { cacheCommands: _, ...counts } = real.ledger;
    expect(dry.ledger).toMatchObject(counts);
  });
});

describe('an import that is interrupted', () => {
  it('goes on where it stood when its time is over', async () => {
    const world = new ImportWorld();
    world.sliceMs = 0;
    const run = await world.ask(`${fileOf(6_500)}\nbad,row,,,\n`);
    expect(await world.drain()).toBe(4);
    expect(await world.run(run)).toMatchObject({ outcome: 'partial', ledger: { seen: 6_501, added: 6_500, pages: 4 } });
    expect(world.files.errors.get(run)).toContain('6502,Phone');
  });

  it.each(['before', 'after'] as const)(
    'ends with every row there once, killed %s any of its effects',
    async (when) => {
      const { worker: undisturbed } = await importKilledAt(Number.POSITIVE_INFINITY, when);
      expect(undisturbed.calls).toBeGreaterThan(40);
      for (let diesAt = 1; diesAt <= undisturbed.calls; diesAt += 1) {
        const { world, run } = await importKilledAt(diesAt, when);
        const ended = await world.run(run);
        expect(ended).toMatchObject({ state: 'ended', outcome: 'partial', ledger: { seen: 51, quarantined: 1 } });
        expect(new Set(world.bodies(...STORES)).size).toBe(50);
        expect(world.bodies(...STORES).length).toBe(50);
        expect(world.files.errors.get(run)?.match(/52,Phone/g)).toHaveLength(1);
      }
    },
  );

  it('does nothing more for a message that comes again after its end', async () => {
    const world = new ImportWorld();
    const run = await world.ask(fileOf(10));
    const [message] = world.world.take();
    await world.deliver(present(message, 'the message'));
    const ended = await world.run(run);
    await world.import(fileOf(10, 'newer'));
    await world.deliver(present(message, 'the message'));
    expect(await world.run(run)).toEqual(ended);
    expect(world.bodies(...STORES).every((body) => body.includes('newer'))).toBe(true);
  });

  it('is told of once, though another was given its message just before its end', async () => {
    const world = new ImportWorld();
    world.rowsPerPage = 20;
    const run = await world.ask(`${fileOf(50)}\nbad,row,,,`);
    const message = present(world.world.take()[0], 'the message');
    const [held, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let second: Promise<unknown> | undefined;
    const secondBegins = async () => {
      world.files.beforePiece = () => {
        begun.resolve();
        return held.promise;
      };
      second = world.deliver(message);
      await Promise.race([begun.promise, second]);
      world.files.beforePiece = async () => {};
    };
    const partitions = new Proxy(world.world.partitions, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...given: readonly unknown[]): Promise<unknown> => {
          const result: unknown = await Reflect.apply(member, target, given);
          const isLast = name === 'commit' && JSON.stringify(given).includes('"seen":51');
          if (isLast && second === undefined) await secondBegins();
          return result;
        };
      },
    });
    await world.deliver(message, { partitions });
    const ended = await world.run(run);
    expect(ended).toMatchObject({ state: 'ended', outcome: 'partial', ledger: { seen: 51, added: 50 } });
    held.resolve();
    await second;
    await world.drain();
    expect(await world.run(run)).toEqual(ended);
    expect(await world.world.partitions.read({ ...DESK, partition: `*import:${run}` })).toBeUndefined();
  });

  it('counts every row once, though another has gone on with it meanwhile', async () => {
    const world = new ImportWorld();
    world.rowsPerPage = 20;
    const run = await world.ask(`${fileOf(50)}\nbad,row,,,`);
    const message = present(world.world.take()[0], 'the message');
    const [held, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    world.files.beforePiece = () => {
      begun.resolve();
      return held.promise;
    };
    const slow = world.deliver(message);
    await begun.promise;
    world.files.beforePiece = async () => {};
    world.sliceMs = 0;
    await world.deliver(message);
    held.resolve();
    await slow;
    await world.drain();
    const ended = await world.run(run);
    expect(ended).toMatchObject({
      state: 'ended',
      outcome: 'partial',
      ledger: { seen: 51, added: 50, quarantined: 1 },
    });
  });

  it('fails when another file stands where it was begun with', async () => {
    const world = new ImportWorld();
    world.sliceMs = 0;
    const run = await world.ask(fileOf(4_000));
    const next = () => present(world.world.queue.sent.shift(), 'the message').task;
    await world.deliver(next());
    world.files.upload(run, fileOf(4_000, 'another'));
    await world.deliver(next());
    expect(await world.run(run)).toMatchObject({ outcome: 'failed', error: 'file-changed', ledger: { seen: 2_000 } });
  });

  it('waits for whoever writes one of its stores', async () => {
    const world = new ImportWorld();
    const { partitions } = world.world;
    await partitions.acquire({ ...DESK, partition: 'kochi' }, 'somebody', 60_000);
    const run = await world.ask(fileOf(30));
    expect(await world.drain()).toBeGreaterThan(1);
    expect(await world.run(run)).toMatchObject({ outcome: 'succeeded', ledger: { seen: 30 } });
    expect(world.bodies(...STORES).length).toBe(30);
  });
});

/** An import of three pages whose worker dies at one of its calls, and what whoever gets its message next makes of it. */
async function importKilledAt(diesAt: number, when: 'before' | 'after') {
  const world = new ImportWorld();
  world.rowsPerPage = 20;
  const run = await world.ask(`${fileOf(50)}\nbad,row,,,`);
  const message = present(world.world.take()[0], 'the message');
  const worker = new DyingWorker(diesAt, when);
  await world.deliver(message, worker.ports(world.world.ports));
  // Leases of the dead lapse, and its message comes back.
  world.world.clock.advance(400_000);
  await world.deliver(message);
  await world.drain();
  return { world, run, worker };
}
