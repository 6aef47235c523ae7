import { beforeEach, describe, expect, it } from 'vitest';
import { WHOLE_STREAM } from '../../../lib/domain/names.ts';
import { excludeRecord, includeRecord, listExcluded } from '../../../lib/sync/exclude-record.ts';
import { explainRecord } from '../../../lib/sync/explain-record.ts';
import { copyKeys, restoreKeys } from '../../simulation/key-copies.ts';
import { LIBRARY, World } from '../../support/world.ts';

const SHELF = 'a';

describe.each(['stream', 'partition'] as const)('an excluded record, asked by %s', (coverage) => {
  let world: World;

  beforeEach(async () => {
    world = new World({ coverage });
    for (const id of ['lead', 'other', 'third']) world.server.put(id, SHELF, 'first');
    world.clock.advance(60_000);
    await world.load();
  });

  async function target() {
    const [connection] = (await world.sources.list()).open;
    const stream = connection?.streams[0];
    if (connection === undefined || stream === undefined) throw new Error('there is no stream');
    return { connection, stream };
  }

  const exclude = async (record = 'lead', within?: string) => {
    const excluded = await excludeRecord(world.ports, await target(), record, within);
    await world.drain();
    return excluded;
  };
  const include = async (record = 'lead') => {
    const included = await includeRecord(world.ports, await target(), record);
    await world.drain();
    return included;
  };
  const full = async () => {
    await world.partitions.requestForce({ ...LIBRARY, partition: SHELF }, 'run-1');
    await world.deliver({ ...LIBRARY, partition: SHELF, task: 'full', run: 'run-1' });
    await world.drain();
  };
  const walk = async () => {
    const key = { ...LIBRARY, partition: WHOLE_STREAM };
    await world.partitions.requestForce(key, 'run-1');
    await world.deliver({ ...key, task: 'walk', run: 'run-1' });
    await world.drain();
  };
  const ids = () => [...world.cached(SHELF).keys()].toSorted();
  const verdict = async () =>
    (await explainRecord(world.ports, await target(), 'lead', { source: false })).verdict.code;

  it('leaves the cache, and stays away whatever the source shows of it', async () => {
    expect(await exclude()).toEqual({ outcome: 'excluding', partitions: [SHELF] });
    expect(ids()).toEqual(['other', 'third']);
    world.clock.advance(60_000);
    world.server.put('lead', SHELF, 'second');
    await world.cycle();
    await full();
    expect(ids()).toEqual(['other', 'third']);
    expect(await verdict()).toBe('excluded');
  });

  it('is no drift, and no audit brings it back', async () => {
    await exclude();
    world.clock.advance(60_000);
    world.server.put('lead', SHELF, 'second');
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    expect((await world.audit())?.drift).toEqual({ missing: 0, stale: 0, extra: 0, corrupt: 0 });
    expect(ids()).toEqual(['other', 'third']);
  });

  it('stays away when the cache is lost and read again', async () => {
    await exclude();
    world.cache.keys.flush();
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    await full();
    expect(ids()).toEqual(['other', 'third']);
  });

  it('stays away though nothing showed it while the lost cache was read again', async () => {
    await exclude();
    const lead = world.server.records.get('lead');
    world.server.remove('lead');
    world.cache.keys.flush();
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    expect(ids()).toEqual(['other', 'third']);
    world.server.put('lead', SHELF, lead?.text ?? '');
    for (let cycle = 0; cycle < 2; cycle += 1) await world.cycle();
    expect(ids()).toEqual(['other', 'third']);
  });

  it.each([
    ['its partition', () => full()],
    ['its stream', () => (coverage === 'stream' ? walk() : full())],
  ])(
    'leaves its tombstone again though %s is read as a whole before anybody notices that the cache was lost',
    async (_what, read) => {
      await exclude();
      world.server.remove('lead');
      world.cache.keys.flush();
      await read();
      expect(ids()).toEqual(['other', 'third']);
      const stamps = await world.cache.storedStamps({ ...LIBRARY, partition: SHELF }, ['lead']);
      expect([...stamps.keys()]).toEqual(['lead']);
    },
  );

  it.each([
    ['its partition is read as a whole', () => full()],
    ['it is excluded once more', () => exclude()],
  ])('that an old backup of the cache has brought back is gone again when %s', async (_what, again) => {
    const backup = copyKeys(world.cache.keys);
    await exclude();
    world.cache.keys.flush();
    restoreKeys(world.cache.keys, backup);
    expect(ids()).toContain('lead');
    await again();
    expect(ids()).toEqual(['other', 'third']);
    world.server.put('lead', SHELF, 'second');
    await world.cycle();
    expect(ids()).toEqual(['other', 'third']);
  });

  it('comes back with the next audit when its inclusion was interrupted', async () => {
    await exclude();
    await world.forgotten.remove(LIBRARY, ['lead']);
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    expect(ids()).toEqual(['other', 'third']);
    expect(await world.audit({ repair: true }, SHELF)).toMatchObject({ drift: { missing: 1 } });
    expect(world.cached(SHELF)).toEqual(world.server.truth(SHELF));
    expect(await world.audit({ repair: true }, SHELF)).toMatchObject({ drift: { missing: 0 } });
  });

  it('comes back with the next audit where it was excluded once before', async () => {
    world.server.put('there', 'b', 'first');
    await world.cycle();
    await exclude('lead', 'b');
    world.server.put('lead', 'b', 'moved');
    await include();
    for (let cycle = 0; cycle < 3; cycle += 1) await world.cycle();
    await world.audit();
    for (const shelf of [SHELF, 'b']) expect(world.cached(shelf)).toEqual(world.server.truth(shelf));
  });

  it('may be excluded before it was ever seen, where its partition is named', async () => {
    expect(await exclude('late')).toMatchObject({ outcome: 'unknown' });
    expect(await exclude('late', SHELF)).toMatchObject({ outcome: 'excluding' });
    world.server.put('late', SHELF, 'first');
    await world.cycle();
    expect(ids()).toEqual(['lead', 'other', 'third']);
  });

  it('comes back as it is at the source now, once it is included again', async () => {
    await exclude();
    world.clock.advance(60_000);
    world.server.put('lead', SHELF, 'second');
    await world.cycle();
    expect(await include()).toEqual({ outcome: 'including', partition: SHELF });
    expect(world.cached(SHELF)).toEqual(world.server.truth(SHELF));
    expect(await verdict()).toBe('in-sync');
    expect(await include()).toEqual({ outcome: 'not-excluded' });
  });

  it('comes back in its old version too, and may be excluded again', async () => {
    await exclude();
    await include();
    expect(ids()).toEqual(['lead', 'other', 'third']);
    await exclude();
    expect(ids()).toEqual(['other', 'third']);
  });

  it('is as it was asked last, whenever workers come', async () => {
    await excludeRecord(world.ports, await target(), 'lead');
    await includeRecord(world.ports, await target(), 'lead');
    await world.drain();
    expect(ids()).toContain('lead');
    await excludeRecord(world.ports, await target(), 'lead');
    await includeRecord(world.ports, await target(), 'lead');
    world.clock.advance(1_000);
    await excludeRecord(world.ports, await target(), 'lead');
    await world.drain();
    expect(ids()).toEqual(['other', 'third']);
  });

  it('is listed with its partition, until it is included', async () => {
    await exclude('lead');
    await exclude('third');
    const list = async (partition?: string, after?: string) =>
      (await listExcluded(world.ports, await target(), { partition, after })).records.map(({ record }) => record);
    expect(await list()).toEqual(['lead', 'third']);
    expect(await list(SHELF, 'lead')).toEqual(['third']);
    expect(await list('b')).toEqual([]);
    await include('lead');
    expect(await list()).toEqual(['third']);
  });
});

describe('an excluded record that moves', () => {
  it('stays away from where it is found to be when a worker comes for it', async () => {
    const world = new World();
    for (const id of ['lead', 'other']) world.server.put(id, SHELF, 'first');
    world.server.put('there', 'b', 'first');
    world.clock.advance(60_000);
    await world.load();
    const [connection] = (await world.sources.list()).open;
    const stream = connection?.streams[0];
    if (connection === undefined || stream === undefined) throw new Error('there is no stream');
    await excludeRecord(world.ports, { connection, stream }, 'lead');
    const excluding = world.take();
    world.server.put('lead', 'b', 'moved');
    world.clock.advance(300_000);
    await world.plan();
    for (const task of world.take()) if (task.task === 'apply') await world.deliver(task);
    expect([...world.cached('b').keys()].toSorted()).toEqual(['lead', 'there']);
    for (const task of excluding) await world.deliver(task);
    await world.drain();
    for (const shelf of [SHELF, 'b']) expect(world.cached(shelf).has('lead')).toBe(false);
    world.server.put('lead', 'b', 'edited');
    await world.cycle();
    expect([...world.cached('b').keys()]).toEqual(['there']);
  });
});

describe('an id that each partition may have of its own', () => {
  it('stays away from one partition though it is excluded from another later', async () => {
    const world = new World({ coverage: 'partition', locators: false });
    world.server.put('lead', 'a', 'of a');
    world.server.put('other', 'b', 'of b');
    world.clock.advance(60_000);
    await world.load();
    const [connection] = (await world.sources.list()).open;
    const stream = connection?.streams[0];
    if (connection === undefined || stream === undefined) throw new Error('there is no stream');
    for (const shelf of ['a', 'b']) {
      await excludeRecord(world.ports, { connection, stream }, 'lead', shelf);
      await world.drain();
      world.clock.advance(60_000);
    }
    await world.cycle();
    expect([...world.cached('a').keys()]).toEqual([]);
  });

  it('is excluded from its partition, and stays in another when that is read as a whole', async () => {
    const world = new World({ coverage: 'partition', locators: false });
    world.server.put('lead', 'a', 'of a');
    world.server.put('other', 'b', 'of b');
    world.clock.advance(60_000);
    await world.load();
    const [connection] = (await world.sources.list()).open;
    const stream = connection?.streams[0];
    if (connection === undefined || stream === undefined) throw new Error('there is no stream');
    await excludeRecord(world.ports, { connection, stream }, 'lead', 'a');
    await world.drain();
    world.server.put('lead', 'b', 'of b');
    await world.cycle();
    await world.partitions.requestForce({ ...LIBRARY, partition: 'b' }, 'run-1');
    await world.deliver({ ...LIBRARY, partition: 'b', task: 'full', run: 'run-1' });
    await world.drain();
    expect([...world.cached('b').keys()].toSorted()).toEqual(['lead', 'other']);
    expect([...world.cached('a').keys()]).toEqual([]);
  });
});
