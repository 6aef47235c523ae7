import { expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../lib/domain/instant.ts';
import type { RejectedRecord } from '../../lib/domain/record.ts';
import type { QuarantineStore } from '../../lib/ports/quarantine-store.ts';
import type { Workbench } from '../support/table-backends.ts';

const MINUTE_MS = 60_000;
const BAD_TIME: RejectedRecord = {
  id: '4433256000013547003',
  reason: 'bad-modified-time',
  contentHash: 'aaaaaaaaaaaaaaaa',
};
const TOO_LARGE: RejectedRecord = {
  id: 'hash:bbbbbbbbbbbbbbbb',
  reason: 'too-large',
  modified: instantFromMs(1_700_000_000_000),
  contentHash: 'bbbbbbbbbbbbbbbb',
};

/** What every quarantine does, whatever is behind it. */
export function quarantineStoreContract(make: () => Workbench<QuarantineStore>): void {
  const setUp = () => {
    const { open, connection, clock } = make();
    return { store: open(), stream: { connection, stream: 'registrations' }, clock };
  };

  it('keeps why and which version, and when to try again', async () => {
    const { store, stream, clock } = setUp();
    await store.put(stream, [TOO_LARGE, BAD_TIME]);
    const now = clock.now();
    const seen = { firstAt: now, lastAt: now, attempts: 1, retryAt: plusMs(now, 15 * MINUTE_MS) };
    expect(await store.list(stream, 10)).toEqual([
      { ...BAD_TIME, ...seen },
      { ...TOO_LARGE, ...seen },
    ]);
  });

  it('counts a record up when it is seen again, and waits longer', async () => {
    const { store, stream, clock } = setUp();
    const firstAt = clock.now();
    await store.put(stream, [TOO_LARGE]);
    clock.advance(20 * MINUTE_MS);
    const { modified: _unknown, ...changed } = { ...TOO_LARGE, reason: 'missing-modified-time' as const };
    await store.put(stream, [changed]);
    const lastAt = clock.now();
    const [seen] = await store.list(stream, 10);
    expect(seen).toEqual({ ...changed, firstAt, lastAt, attempts: 2, retryAt: plusMs(lastAt, 30 * MINUTE_MS) });
  });

  it('waits a day at the most', async () => {
    const { store, stream, clock } = setUp();
    for (let attempt = 1; attempt <= 9; attempt += 1) await store.put(stream, [BAD_TIME]);
    const [seen] = await store.list(stream, 10);
    expect(seen).toMatchObject({ attempts: 9, retryAt: plusMs(clock.now(), 24 * 60 * MINUTE_MS) });
  });

  it('counts a record once that one call names twice', async () => {
    const { store, stream } = setUp();
    await store.put(stream, [BAD_TIME, { ...BAD_TIME, reason: 'malformed' }]);
    expect(await store.list(stream, 10)).toMatchObject([{ reason: 'malformed', attempts: 1 }]);
  });

  it('lets go of released records, and begins anew should they come back', async () => {
    const { store, stream } = setUp();
    await store.put(stream, [BAD_TIME, TOO_LARGE]);
    await store.put(stream, [BAD_TIME]);
    await store.release(stream, [BAD_TIME.id, BAD_TIME.id, 'never seen']);
    expect((await store.list(stream, 10)).map(({ id }) => id)).toEqual([TOO_LARGE.id]);
    await store.put(stream, [BAD_TIME]);
    expect(await store.list(stream, 1)).toMatchObject([{ id: BAD_TIME.id, attempts: 1 }]);
  });

  it('finds one record, and makes it due at once until it is seen again', async () => {
    const { store, stream, clock } = setUp();
    await store.put(stream, [BAD_TIME, TOO_LARGE]);
    clock.advance(MINUTE_MS);
    const due = clock.now();
    expect(await store.makeDue(stream, BAD_TIME.id)).toBe(true);
    expect(await store.find(stream, BAD_TIME.id)).toMatchObject({ ...BAD_TIME, attempts: 1, retryAt: due });
    expect(await store.find(stream, TOO_LARGE.id)).toMatchObject({ retryAt: plusMs(due, 14 * MINUTE_MS) });
    await store.put(stream, [BAD_TIME]);
    expect(await store.find(stream, BAD_TIME.id)).toMatchObject({ attempts: 2, retryAt: plusMs(due, 30 * MINUTE_MS) });
  });

  it('has no record that was never put, and making it due creates none', async () => {
    const { store, stream } = setUp();
    expect(await store.makeDue(stream, BAD_TIME.id)).toBe(false);
    expect(await store.find(stream, BAD_TIME.id)).toBeUndefined();
    expect(await store.list(stream, 10)).toEqual([]);
  });

  it('keeps streams apart, and takes many at once', async () => {
    const { store, stream } = setUp();
    const many = Array.from({ length: 35 }, (_, index) => ({ ...BAD_TIME, id: `record ${index} żółć` }));
    await store.put(stream, many);
    await store.put(stream, []);
    expect(await store.list(stream, 100)).toHaveLength(35);
    expect(await store.list(stream, 30)).toHaveLength(30);
    expect(await store.list({ ...stream, stream: 'orders' }, 10)).toEqual([]);
  });
}
