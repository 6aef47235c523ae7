import { beforeEach, describe, expect, it } from 'vitest';
import { locatorKey, recordsKey, stampsKey } from '../../../lib/domain/cache-layout.ts';
import type { ConflictPolicy } from '../../../lib/domain/sync-rules.ts';
import { explainRecord } from '../../../lib/sync/explain-record.ts';
import { LIBRARY, World } from '../../support/world.ts';

const SHELF = 'a';
const STAMPS = stampsKey({ ...LIBRARY, partition: SHELF });
const RECORDS = recordsKey('shelf', SHELF, LIBRARY.stream);

describe('a stream that skips what exists', () => {
  let world: World;
  let books: { onConflict: ConflictPolicy };

  beforeEach(async () => {
    books = { onConflict: 'skip-existing' };
    world = new World({ own: { streams: { books } } });
    for (let book = 0; book < 30; book += 1) world.server.put(`book-${book}`, SHELF, 'first');
    world.clock.advance(60_000);
    await world.load();
  });

  const text = (id: string) => world.cached(SHELF).get(id);
  const versions = () => [...world.cache.keys.hash(STAMPS)].filter(([id]) => !id.startsWith('#'));
  const edit = (id: string) => world.cache.keys.setField(RECORDS, id, '{"edited":"by hand"}');
  const full = async () => {
    await world.partitions.requestForce({ ...LIBRARY, partition: SHELF }, 'run-1');
    await world.deliver({ ...LIBRARY, partition: SHELF, task: 'full', run: 'run-1' });
    await world.drain();
  };
  const explain = async (id: string) => {
    const [connection] = (await world.sources.list()).open;
    const stream = connection?.streams[0];
    if (connection === undefined || stream === undefined) throw new Error('there is no stream');
    return (await explainRecord(world.ports, { connection, stream }, id, { source: true })).verdict;
  };

  it('keeps the body a record has, whether the source or a person wrote it', async () => {
    edit('book-1');
    world.server.put('book-1', SHELF, 'second');
    world.server.put('book-2', SHELF, 'second');
    world.server.put('book-new', SHELF, 'first');
    await world.cycle();
    await full();
    expect(text('book-1')).toBe('{"edited":"by hand"}');
    expect(text('book-2')).toContain('first');
    expect(text('book-new')).toContain('first');
    expect((await world.partition(SHELF))?.totals).toMatchObject({ added: 31, updated: 0 });
  });

  it('writes nothing about what it keeps when that is read again', async () => {
    world.server.put('book-2', SHELF, 'second');
    await world.cycle();
    await full();
    const before = versions();
    const locator = world.cache.keys.text(locatorKey(LIBRARY.connection, LIBRARY.stream, 'book-2'));
    await full();
    expect(versions()).toEqual(before);
    expect(before).toHaveLength(30);
    expect(world.cache.keys.text(locatorKey(LIBRARY.connection, LIBRARY.stream, 'book-2'))).toBe(locator);
  });

  it('has audits that call nothing of it drift, and mend what was lost', async () => {
    edit('book-1');
    world.server.put('book-2', SHELF, 'second');
    await world.cycle();
    await world.cycle();
    await world.cycle();
    expect((await world.audit({ repair: true, deep: true }))?.drift).toEqual({
      missing: 0,
      stale: 0,
      extra: 0,
      corrupt: 0,
    });
    expect(text('book-1')).toBe('{"edited":"by hand"}');
    world.cache.keys.dropField(RECORDS, 'book-3');
    expect((await world.audit({ repair: true, deep: true }))?.drift).toMatchObject({ corrupt: 1 });
    expect(text('book-3')).toContain('first');
  });

  it('explains that a record is as it should be', async () => {
    edit('book-1');
    world.server.put('book-2', SHELF, 'second');
    await world.cycle();
    expect(await explain('book-1')).toMatchObject({ code: 'in-sync' });
    expect(await explain('book-2')).toMatchObject({ code: 'in-sync', why: expect.stringContaining('keeps the body') });
  });

  it('loses what is gone at the source, also after it was edited by hand', async () => {
    edit('book-1');
    edit('book-2');
    world.clock.advance(1_000);
    world.server.retire('book-1');
    world.server.remove('book-2');
    await world.cycle();
    expect(text('book-1')).toBeUndefined();
    await full();
    expect(text('book-2')).toBeUndefined();
    expect(world.cached(SHELF).size).toBe(28);
  });

  it('takes what the source shows once the stream is to update what exists', async () => {
    world.server.put('book-2', SHELF, 'second');
    await world.cycle();
    expect(text('book-2')).toContain('first');
    books.onConflict = 'update';
    await full();
    expect(world.cached(SHELF)).toEqual(world.server.truth(SHELF));
  });
});
