import { expect, it } from 'vitest';
import type { FullCheckpoint } from '../../lib/domain/partition.ts';
import type { PartitionStore } from '../../lib/ports/partition-store.ts';
import { present } from '../support/present.ts';
import type { Workbench } from '../support/table-backends.ts';
import { LEDGER, shorthands, W1 } from './partition-shorthands.ts';

/** What somebody asked for: a force waits until its run begins, and each may be cancelled. */
export function forceContract(make: () => Workbench<PartitionStore>): void {
  it('remembers one force, and answers a second with the first', async () => {
    const bench = make();
    const { store, key, hold, commit } = shorthands(bench);
    expect(await store.requestForce(key, 'r-1')).toEqual({ run: 'r-1', created: true });
    expect(await store.requestForce(key, 'r-2')).toEqual({ run: 'r-1', created: false });
    expect(await store.requestForce(key, 'r-1')).toEqual({ run: 'r-1', created: true });
    expect((await store.read(key))?.force).toEqual({ run: 'r-1', at: bench.clock.now() });
    expect((await commit(await hold(), { forceDone: 'r-2' })).force?.run).toBe('r-1');
    expect((await commit(await hold(), { forceDone: 'r-1' })).force).toBeUndefined();
    expect(await store.requestForce(key, 'r-2')).toEqual({ run: 'r-2', created: true });
  });

  it('lets a force asked during a full wait as a run of its own, and a third join it', async () => {
    const { store, key, hold, commit } = shorthands(make());
    const full: FullCheckpoint = { run: 'r-1', ledger: LEDGER, phase: 'read' };
    await store.requestForce(key, 'r-1');
    const begun = await commit(await hold(), { full, forceDone: 'r-1' });
    expect(begun).toMatchObject({ full: { run: 'r-1' } });
    expect(begun.force).toBeUndefined();
    expect(await store.requestForce(key, 'r-2')).toEqual({ run: 'r-2', created: true });
    expect(await store.requestForce(key, 'r-3')).toEqual({ run: 'r-2', created: false });
    const ended = await commit(await hold(), { full: null, forceDone: 'r-1' });
    expect(ended.full).toBeUndefined();
    expect(ended.force?.run).toBe('r-2');
  });

  it('keeps what was wished, and takes a later wish instead', async () => {
    const { store, key, hold, commit } = shorthands(make());
    const wishOf = async () => (await store.read(key))?.force?.wish;
    await store.requestForce(key, 'r-1', { approved: 7 });
    expect(await store.requestForce(key, 'r-2')).toEqual({ run: 'r-1', created: false });
    expect(await wishOf()).toEqual({ approved: 7 });
    expect(await store.requestForce(key, 'r-3', { repair: false, deep: true })).toEqual({ run: 'r-1', created: false });
    expect(await wishOf()).toEqual({ repair: false, deep: true });
    const held = await hold();
    const full: FullCheckpoint = {
      run: 'r-1',
      startRebuilds: 3,
      wish: { repair: false },
      ledger: LEDGER,
      phase: 'read',
    };
    const state = await commit(held, { full, forceDone: 'r-1' });
    expect(state.full).toEqual(full);
    expect(state.force).toBeUndefined();
  });

  it('remembers to cancel a force that waits or a full under way, and nothing else', async () => {
    const { store, key, hold, commit, indexed } = shorthands(make());
    expect(await store.requestCancel(key, 'r-1')).toBe(false);
    expect(await store.read(key)).toBeUndefined();
    await store.requestForce(key, 'r-1');
    expect(await store.requestCancel(key, 'r-2')).toBe(false);
    expect(await store.requestCancel(key, 'r-1')).toBe(true);
    expect(await store.read(key)).toMatchObject({ cancel: 'r-1', force: { run: 'r-1' } });
    const full: FullCheckpoint = { run: 'r-1', ledger: LEDGER, phase: 'read' };
    await commit(await hold(), { full, forceDone: 'r-1', cancelDone: 'r-1' });
    expect((await store.read(key))?.cancel).toBeUndefined();
    expect(await store.requestCancel(key, 'r-1')).toBe(true);
    expect((await commit(await hold(), { full: null })).cancel).toBe('r-1');
    expect(await indexed()).toEqual([key.partition]);
    expect((await commit(await hold(), { cancelDone: 'r-2' })).cancel).toBe('r-1');
    expect((await commit(await hold(), { cancelDone: 'r-1' })).cancel).toBeUndefined();
    expect(await indexed()).toEqual([]);
    expect(await store.requestCancel(key, 'r-1')).toBe(false);
  });

  it('takes the cancellation of a force back when it is asked for again', async () => {
    const { store, key } = shorthands(make());
    await store.requestForce(key, 'r-1', { deep: true });
    await store.requestCancel(key, 'r-1');
    expect(await store.requestForce(key, 'r-2')).toEqual({ run: 'r-1', created: false });
    const state = present(await store.read(key), 'the item');
    expect(state.force).toMatchObject({ run: 'r-1', wish: { deep: true } });
    expect(state.cancel).toBeUndefined();
  });

  it('keeps a force whose wish was changed while its run began', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.requestForce(key, 'r-1', { approved: 1 });
    const held = await hold();
    await store.requestForce(key, 'r-2', { approved: 9 });
    expect((await commit(held, { forceDone: 'r-1' })).force).toMatchObject({ run: 'r-1', wish: { approved: 9 } });
    expect((await commit(await hold(), { forceDone: 'r-1' })).force).toBeUndefined();
  });

  it('keeps a cancellation that was asked for during a run', async () => {
    const { store, key, hold, commit, indexed } = shorthands(make());
    await commit(await hold(), { full: { run: 'r-1', ledger: LEDGER, phase: 'read' } });
    const held = await hold();
    expect(await store.requestCancel(key, 'r-1')).toBe(true);
    expect((await commit(held, { full: null, settled: true })).cancel).toBe('r-1');
    expect(await indexed()).toEqual([key.partition]);
  });

  it('keeps a force that was asked for during a run', async () => {
    const { store, key, hold, commit, indexed } = shorthands(make());
    await store.markOpen(key, 1, W1);
    const held = await hold();
    await store.requestForce(key, 'r-9');
    expect((await commit(held, { settled: true })).force?.run).toBe('r-9');
    expect(await indexed()).toEqual([key.partition]);
  });
}
