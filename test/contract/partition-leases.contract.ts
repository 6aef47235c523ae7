import { expect, it } from 'vitest';
import { plusMs } from '../../lib/domain/instant.ts';
import { firstFence, NOTHING_PENDING } from '../../lib/domain/partition.ts';
import type { PartitionStore } from '../../lib/ports/partition-store.ts';
import type { Workbench } from '../support/table-backends.ts';
import { MINUTE_MS, shorthands, W1 } from './partition-shorthands.ts';

/** One worker at a time, and a fence that only rises. */
export function leaseContract(make: () => Workbench<PartitionStore>): void {
  it('creates the item with a fence above what an earlier table can have given out', async () => {
    const bench = make();
    const { store, key, hold } = shorthands(bench);
    expect(await store.read(key)).toBeUndefined();
    const first = firstFence(bench.clock.now()) + 1;
    const held = await hold();
    expect(held).toMatchObject({
      key,
      owner: 'worker-1',
      fence: first,
      expiresAt: plusMs(bench.clock.now(), MINUTE_MS),
    });
    expect(held.state).toMatchObject({ id: key.partition, loaded: false, cached: false, pending: NOTHING_PENDING });
    expect(await store.read(key)).toEqual(held.state);
  });

  it('is busy while a lease is live, whoever asks', async () => {
    const bench = make();
    const { store, key, hold } = shorthands(bench);
    const { expiresAt } = await hold();
    expect(await bench.open().acquire(key, 'worker-2', MINUTE_MS)).toEqual({ outcome: 'busy', until: expiresAt });
    expect(await store.acquire(key, 'worker-1', MINUTE_MS)).toEqual({ outcome: 'busy', until: expiresAt });
    bench.clock.advance(MINUTE_MS - 1);
    expect(await store.acquire(key, 'worker-2', MINUTE_MS)).toMatchObject({ outcome: 'busy' });
  });

  it('is taken over once it has expired, with the next fence', async () => {
    const bench = make();
    const { hold } = shorthands(bench);
    const { fence } = await hold();
    bench.clock.advance(MINUTE_MS);
    expect((await hold(undefined, 'worker-2')).fence).toBe(fence + 1);
  });

  it('lets a late owner neither renew, commit, release nor remove', async () => {
    const bench = make();
    const { store, key, hold } = shorthands(bench);
    const late = await hold();
    bench.clock.advance(MINUTE_MS);
    const current = await hold(undefined, 'worker-2');
    expect(await store.renew(late, MINUTE_MS)).toBe(false);
    expect(await store.commit(late, { watermark: W1, loaded: true })).toEqual({ outcome: 'fenced' });
    expect(await store.commit(late, {})).toEqual({ outcome: 'fenced' });
    expect(await store.remove(late)).toBe(false);
    expect(await store.read(key)).toEqual(current.state);
  });

  it('fences a late owner that has the same name as the new one', async () => {
    const bench = make();
    const { store, hold } = shorthands(bench);
    const late = await hold();
    bench.clock.advance(MINUTE_MS);
    await hold();
    expect(await store.renew(late, MINUTE_MS)).toBe(false);
    expect(await store.commit(late, { loaded: true })).toEqual({ outcome: 'fenced' });
    expect(await store.remove(late)).toBe(false);
  });

  it('stays with an owner whose lease has expired until somebody takes it', async () => {
    const bench = make();
    const { hold, commit } = shorthands(bench);
    const held = await hold();
    bench.clock.advance(2 * MINUTE_MS);
    expect(await commit(held, { watermark: W1 })).toMatchObject({ watermark: W1 });
  });

  it('is extended by renewing', async () => {
    const bench = make();
    const { store, key, hold } = shorthands(bench);
    const held = await hold();
    bench.clock.advance(MINUTE_MS - 1);
    expect(await store.renew(held, MINUTE_MS)).toBe(true);
    bench.clock.advance(MINUTE_MS - 1);
    expect(await store.acquire(key, 'worker-2', MINUTE_MS)).toMatchObject({ outcome: 'busy' });
  });

  it('is given back by a commit, once', async () => {
    const bench = make();
    const { store, hold } = shorthands(bench);
    const held = await hold();
    expect(await store.commit(held, {})).toMatchObject({ outcome: 'committed' });
    expect(await store.commit(held, { loaded: true })).toEqual({ outcome: 'fenced' });
    expect(await store.renew(held, MINUTE_MS)).toBe(false);
    expect((await hold(undefined, 'worker-2')).fence).toBe(held.fence + 1);
  });

  it("removes the item with the lease, and is no one's afterwards", async () => {
    const { store, key, hold } = shorthands(make());
    const held = await hold();
    expect(await store.remove(held)).toBe(true);
    expect(await store.read(key)).toBeUndefined();
    expect(await store.remove(held)).toBe(true);
    expect(await store.commit(held, { loaded: true })).toEqual({ outcome: 'fenced' });
    expect(await store.renew(held, MINUTE_MS)).toBe(false);
    expect(await store.read(key)).toBeUndefined();
  });

  it('removes nothing that was given back, or marked since it was taken', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markOpen(key, 1, W1);
    const given = await hold();
    await commit(given, {});
    expect(await store.remove(given)).toBe(false);
    const held = await hold();
    await store.markOpen(key, 2, W1);
    expect(await store.remove(held)).toBe(false);
    expect((await commit(held, {})).pending.open).toEqual([1, 2]);
    expect(await store.remove(await hold())).toBe(true);
  });

  it('keeps partitions apart', async () => {
    const { key, hold } = shorthands(make());
    const { fence } = await hold();
    expect((await hold({ ...key, partition: 'another' })).fence).toBe(fence);
    expect((await hold({ ...key, stream: 'orders' })).fence).toBe(fence);
    expect((await hold({ ...key, connection: `${key.connection}-b` })).fence).toBe(fence);
  });
}
