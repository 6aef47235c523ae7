import { expect, it } from 'vitest';
import { plusMs } from '../../lib/domain/instant.ts';
import type { ForgottenRecord, ForgottenStore } from '../../lib/ports/forgotten-store.ts';
import type { Workbench } from '../support/table-backends.ts';
import { STAMP_A, STAMP_B } from './partition-shorthands.ts';

/** What every memory of forgotten records does, whatever is behind it. */
export function forgottenStoreContract(make: () => Workbench<ForgottenStore>): void {
  const setUp = () => {
    const { open, connection, clock } = make();
    const stream = { connection, stream: 'registrations' };
    const forgotten = (record: string, more: Partial<ForgottenRecord> = {}): ForgottenRecord => ({
      record,
      partition: '4433256000013547003',
      stamp: STAMP_A,
      at: clock.now(),
      ...more,
    });
    return { store: open(), stream, forgotten };
  };

  it('lists what was forgotten of a stream', async () => {
    const { store, stream, forgotten } = setUp();
    await store.put(stream, forgotten('4433256000013547100'));
    await store.put(stream, forgotten('1 żółć', { stamp: STAMP_B }));
    await store.put({ ...stream, stream: 'orders' }, forgotten('7'));
    expect(await store.list(stream)).toEqual([
      forgotten('1 żółć', { stamp: STAMP_B }),
      forgotten('4433256000013547100'),
    ]);
    expect(await store.list({ ...stream, connection: `${stream.connection}-b` })).toEqual([]);
  });

  it('keeps the newest version that must not come back', async () => {
    const { store, stream, forgotten } = setUp();
    const newest = forgotten('1', { stamp: STAMP_B, partition: 'another' });
    await store.put(stream, forgotten('1'));
    await store.put(stream, newest);
    await store.put(stream, forgotten('1', { at: plusMs(newest.at, 1) }));
    await store.put(stream, { ...newest, at: plusMs(newest.at, 1) });
    expect(await store.list(stream)).toEqual([newest]);
  });

  it('removes records, once and again', async () => {
    const { store, stream, forgotten } = setUp();
    for (const record of ['1', '2', '3']) await store.put(stream, forgotten(record));
    await store.remove(stream, ['1', '3', '3', 'never forgotten']);
    await store.remove(stream, ['1']);
    await store.remove(stream, []);
    expect((await store.list(stream)).map(({ record }) => record)).toEqual(['2']);
  });

  it('lists more than one page of the table', async () => {
    const { store, stream, forgotten } = setUp();
    // A page of the table is a megabyte.
    const long = forgotten('', { partition: 'p'.repeat(2_900) });
    const ids = Array.from({ length: 400 }, (_, index) => `record ${String(index).padStart(3, '0')}`);
    await Promise.all(ids.map((record) => store.put(stream, { ...long, record })));
    expect((await store.list(stream)).map(({ record }) => record)).toEqual(ids);
  });
}
