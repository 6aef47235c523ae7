import { expect, it } from 'vitest';
import { NOTHING_PENDING, needsAttention, type PartitionState } from '../../lib/domain/partition.ts';
import type { PartitionStore } from '../../lib/ports/partition-store.ts';
import { present } from '../support/present.ts';
import type { Workbench } from '../support/table-backends.ts';
import { MINUTE_MS, STAMP_A, STAMP_B, shorthands, W1, W2, W3 } from './partition-shorthands.ts';

/** What is remembered for a partition without its lease. */
export function markContract(make: () => Workbench<PartitionStore>): void {
  it('remembers open deltas and where the first of them begins', async () => {
    const { store, key } = shorthands(make());
    expect(await store.markOpen(key, 3, W1)).toEqual({ created: true });
    expect(await store.markOpen(key, 4, W2)).toEqual({ created: false });
    expect(await store.markOpen(key, 4, W2)).toEqual({ created: false });
    expect((await store.read(key))?.pending).toEqual({ ...NOTHING_PENDING, since: W1, open: [3, 4], marked: 4 });
  });

  it('closes only the deltas that were applied, and forgets the beginning with the last', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markOpen(key, 3, W1);
    await store.markOpen(key, 4, W2);
    const half = await commit(await hold(), { applied: [3] });
    expect(half.pending).toEqual({ ...NOTHING_PENDING, since: W1, open: [4], marked: 4 });
    const done = await commit(await hold(), { applied: [4] });
    expect(done.pending).toEqual({ ...NOTHING_PENDING, marked: 4 });
    await store.markOpen(key, 5, W3);
    expect((await store.read(key))?.pending.since).toBe(W3);
  });

  it('remembers records that moved away, the newest stamp of each', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markMoved(key, { 'record 1': STAMP_B, 'record 2': STAMP_A });
    await store.markMoved(key, { 'record 1': STAMP_A });
    await store.markMoved(key, {});
    expect((await store.read(key))?.pending.moved).toEqual({ 'record 1': STAMP_B, 'record 2': STAMP_A });
    const state = await commit(await hold(), { movedDone: ['record 1', 'record 3'] });
    expect(state.pending.moved).toEqual({ 'record 2': STAMP_A });
  });

  it('remembers a rebuild instead of more than a hundred moved records', async () => {
    const { store, key } = shorthands(make());
    const many = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`record-${from + index}`, STAMP_A]));
    await store.markMoved(key, many(0, 60));
    await store.markMoved(key, many(60, 100));
    expect((await store.read(key))?.pending).toMatchObject({ moved: many(0, 100), rebuild: false });
    await store.markMoved(key, many(100, 101));
    expect((await store.read(key))?.pending).toMatchObject({ moved: {}, rebuild: true });
    await store.markMoved({ ...key, partition: 'other' }, many(0, 101));
    expect((await store.read({ ...key, partition: 'other' }))?.pending).toMatchObject({ moved: {}, rebuild: true });
  });

  it('remembers a rebuild until it is done', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markRebuild(key);
    expect((await commit(await hold(), {})).pending.rebuild).toBe(true);
    expect((await commit(await hold(), { rebuild: false })).pending.rebuild).toBe(false);
    expect((await commit(await hold(), { rebuild: true })).pending.rebuild).toBe(true);
    expect((await commit(await hold(), { rebuild: false })).pending.rebuild).toBe(false);
  });

  it('remembers what moved away although a rebuild is asked for', async () => {
    const { store, key } = shorthands(make());
    await store.markMoved(key, { 'record 1': STAMP_A });
    await store.markRebuild(key);
    await store.markMoved(key, { 'record 2': STAMP_B });
    const { moved, rebuild } = (await store.read(key))?.pending ?? NOTHING_PENDING;
    expect({ moved, rebuild }).toEqual({ moved: { 'record 1': STAMP_A, 'record 2': STAMP_B }, rebuild: true });
  });

  it('numbers rebuilds by when they were asked for, ever higher, and has no number when none is due', async () => {
    const { store, key, hold, commit } = shorthands(make());
    const asked: number[] = [];
    const note = ({ pending }: PartitionState) => asked.push(pending.rebuilds);
    const rebuilds = async () => note(present(await store.read(key), 'the item'));
    await store.markRebuild(key);
    await rebuilds();
    await store.markRebuild(key);
    await rebuilds();
    note(await commit(await hold(), { rebuild: true }));
    expect((await commit(await hold(), { rebuild: false })).pending).toEqual(NOTHING_PENDING);
    note(await commit(await hold(), { rebuild: true }));
    await store.markRebuild(key);
    await rebuilds();
    expect(asked.toSorted((a, b) => a - b)).toEqual(asked);
    expect(new Set(asked).size).toBe(5);
    expect(asked[0]).toBeGreaterThan(0);
  });

  it('discovers a partition once, and takes its title as it changes', async () => {
    const { store, key } = shorthands(make());
    expect(await store.discover(key, undefined)).toEqual({ created: true });
    expect(await store.discover(key, 'Open day')).toEqual({ created: false });
    expect(await store.discover(key, undefined)).toEqual({ created: false });
    expect((await store.read(key))?.title).toBe('Open day');
    await store.discover(key, 'Open days');
    expect((await store.read(key))?.title).toBe('Open days');
    expect(needsAttention(present(await store.read(key), 'the item'))).toBe(false);
  });
}

/** A commit decides knowing every mark: what came meanwhile is never lost. */
export function concurrentMarkContract(make: () => Workbench<PartitionStore>): void {
  it('marks without waiting for the lease, and without disturbing it', async () => {
    const { store, key, hold, commit } = shorthands(make());
    const held = await hold();
    await store.markOpen(key, 1, W1);
    expect(await store.renew(held, MINUTE_MS)).toBe(true);
    expect((await commit(held, { loaded: true })).pending).toMatchObject({ open: [1], since: W1 });
  });

  it('keeps a delta that was marked while everything before it was settled', async () => {
    const { store, key, hold, commit, indexed } = shorthands(make());
    await store.markOpen(key, 1, W1);
    const held = await hold();
    await store.markOpen(key, 2, W2);
    const state = await commit(held, { settled: true });
    expect(state.pending).toEqual({ ...NOTHING_PENDING, since: W1, open: [2], marked: 2 });
    expect(await indexed()).toEqual([key.partition]);
  });

  it('re-reads what was marked meanwhile only from the watermark that was reached', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markOpen(key, 1, W1);
    const held = await hold();
    await store.markOpen(key, 2, W1);
    expect((await commit(held, { settled: true, watermark: W2 })).pending.since).toBe(W2);
  });

  it('keeps a delta that was marked while the one before it was applied', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markOpen(key, 1, W1);
    const held = await hold();
    await store.markOpen(key, 2, W2);
    expect((await commit(held, { applied: [1] })).pending).toMatchObject({ since: W1, open: [2] });
  });

  it('keeps a record that moved away again while its first move was dealt with', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markMoved(key, { 'record 1': STAMP_A, 'record 2': STAMP_A });
    const held = await hold();
    await store.markMoved(key, { 'record 1': STAMP_B, 'record 3': STAMP_A });
    const state = await commit(held, { settled: true });
    expect(state.pending.moved).toEqual({ 'record 1': STAMP_B, 'record 3': STAMP_A });
  });

  it('keeps a rebuild that was asked for again while one was under way', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markRebuild(key);
    const held = await hold();
    await store.markRebuild(key);
    expect((await commit(held, { rebuild: false })).pending.rebuild).toBe(true);
    expect((await commit(await hold(), { rebuild: false })).pending.rebuild).toBe(false);
  });

  it('ends a rebuild although a delta was marked meanwhile', async () => {
    const { store, key, hold, commit } = shorthands(make());
    await store.markRebuild(key);
    const held = await hold();
    await store.markOpen(key, 1, W1);
    expect((await commit(held, { settled: true })).pending).toMatchObject({ rebuild: false, open: [1] });
  });

  it('commits under many marks, and loses none', async () => {
    const bench = make();
    const { store, key, hold, commit } = shorthands(bench);
    const others = bench.open();
    const held = await hold();
    const marks = Array.from({ length: 6 }, (_, index) => others.markOpen(key, index + 1, W1));
    const [committed] = await Promise.all([commit(held, { settled: true, loaded: true }), ...marks]);
    expect(committed.loaded).toBe(true);
    expect(await store.read(key)).toMatchObject({ loaded: true, pending: { open: [1, 2, 3, 4, 5, 6] } });
  });
}
