import { expect, it } from 'vitest';
import { plusMs } from '../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../lib/domain/ledger.ts';
import { auditItem, WHOLE_STREAM } from '../../lib/domain/names.ts';
import { needsAttention } from '../../lib/domain/partition.ts';
import type { PartitionChange, PartitionStore } from '../../lib/ports/partition-store.ts';
import type { Workbench } from '../support/table-backends.ts';
import { STAMP_A, shorthands, W1 } from './partition-shorthands.ts';

/** The sparse index holds exactly what somebody must come for. */
export function unfinishedContract(make: () => Workbench<PartitionStore>): void {
  it('lists what was marked before an instant, oldest first', async () => {
    const { clock, ...bench } = make();
    const { store, stream, key } = shorthands({ ...bench, clock });
    for (const partition of ['c', 'a', 'b']) {
      await store.markOpen({ ...key, partition }, 1, W1);
      clock.advance(10);
    }
    await store.discover({ ...key, partition: 'idle' }, 'Idle');
    await store.markOpen({ ...key, stream: 'orders', partition: 'elsewhere' }, 1, W1);
    const found = await store.unfinished(stream, clock.now(), 10);
    expect(found.map(({ id, since }) => [id, since])).toEqual([
      ['c', plusMs(clock.now(), -30)],
      ['a', plusMs(clock.now(), -20)],
      ['b', plusMs(clock.now(), -10)],
    ]);
    expect((await store.unfinished(stream, plusMs(clock.now(), -20), 10)).map(({ id }) => id)).toEqual(['c']);
    expect((await store.unfinished(stream, clock.now(), 2)).map(({ id }) => id)).toEqual(['c', 'a']);
    expect(await store.unfinished(stream, clock.now(), 0)).toEqual([]);
  });

  it('counts from the first mark, and tells what planning needs to know', async () => {
    const bench = make();
    const { store, stream, key, hold, commit } = shorthands(bench);
    const found = async () => store.unfinished(stream, plusMs(bench.clock.now(), 1), 10);
    const since = bench.clock.now();
    const nothing = { id: key.partition, since, pending: false, marked: 0, incomplete: false, failures: 0 };
    await store.requestForce(key, 'r-1');
    expect(await found()).toEqual([nothing]);
    bench.clock.advance(10);
    await store.markOpen(key, 7, W1);
    expect(await found()).toEqual([{ ...nothing, pending: true, marked: 7 }]);
    await store.markMoved(key, { 'record 1': STAMP_A });
    expect(await found()).toEqual([{ ...nothing, pending: true, marked: 7, incomplete: true }]);
    const lastRun = {
      run: 'r-0',
      task: 'window',
      outcome: 'failed',
      at: W1,
      durationMs: 5,
      ledger: EMPTY_LEDGER,
    } as const;
    await commit(await hold(), { movedDone: ['record 1'], failures: 3, lastRun });
    const failed = { ...nothing, pending: true, marked: 7, failures: 3, lastRunAt: W1 };
    expect(await found()).toEqual([failed]);
    await store.markMoved(key, { 'record 2': STAMP_A });
    await store.markRebuild(key);
    const held = await hold();
    expect(await found()).toEqual([{ ...failed, incomplete: true }]);
    await commit(held, { rebuild: false, movedDone: ['record 2'] });
    expect(await found()).toEqual([failed]);
  });

  it('holds exactly the partitions that need attention after any commit', async () => {
    const { store, key, hold, commit, indexed } = shorthands(make());
    const full = { run: 'r-1', ledger: EMPTY_LEDGER, phase: 'read' } as const;
    await store.markOpen(key, 1, W1);
    await store.requestForce(key, 'r-1');
    await store.markMoved(key, { 'record 1': STAMP_A });
    const steps: readonly PartitionChange[] = [
      { applied: [1] },
      { forceDone: 'r-1', full },
      { movedDone: ['record 1'] },
      { full: null },
      { rebuild: true },
      { rebuild: false },
    ];
    const seen: boolean[] = [];
    for (const step of steps) {
      const state = await commit(await hold(), step);
      expect(await indexed()).toEqual(needsAttention(state) ? [key.partition] : []);
      expect(state.unfinishedSince !== undefined).toBe(needsAttention(state));
      seen.push(needsAttention(state));
    }
    expect(seen).toEqual([true, true, true, false, true, false]);
  });

  it('reads more than a hundred of them', async () => {
    const bench = make();
    const { store, stream, key } = shorthands(bench);
    const ids = Array.from({ length: 130 }, (_, index) => `p${String(index).padStart(3, '0')}`);
    await Promise.all(ids.map((partition) => store.markOpen({ ...key, partition }, 1, W1)));
    const found = await store.unfinished(stream, plusMs(bench.clock.now(), 1), 125);
    expect(new Set(found.map(({ id }) => id)).size).toBe(125);
  });
}

/** Partitions of a stream: some by their ids, or all page by page. */
export function listingContract(make: () => Workbench<PartitionStore>): void {
  it('lists the partitions of one stream, without the pseudo partitions of walks and audits', async () => {
    const { store, stream, key } = shorthands(make());
    for (const partition of ['b', 'a', '-', WHOLE_STREAM, auditItem('a'), auditItem(WHOLE_STREAM)])
      await store.discover({ ...key, partition }, undefined);
    await store.discover({ ...key, stream: 'orders', partition: 'c' }, undefined);
    const { partitions, next } = await store.list(stream);
    expect(partitions.map(({ id }) => id)).toEqual(['-', 'a', 'b']);
    expect(next).toBeUndefined();
    expect(await store.list({ ...stream, stream: 'nothing' })).toEqual({ partitions: [] });
  });

  it('reads those that exist, in the order that is asked for', async () => {
    const { store, stream, key } = shorthands(make());
    const ids = Array.from({ length: 120 }, (_, index) => `p${119 - index}`);
    await Promise.all(ids.map((partition) => store.markRebuild({ ...key, partition })));
    const found = await store.readMany(stream, ['p7', 'unknown', ...ids]);
    expect(found.map(({ id }) => id)).toEqual(['p7', ...ids.filter((id) => id !== 'p7')]);
    expect(found[0]).toEqual(await store.read({ ...key, partition: 'p7' }));
    expect(await store.readMany(stream, [])).toEqual([]);
  });

  it('keeps an audit apart from the partition it is about', async () => {
    const { store, stream, key, hold, commit, indexed } = shorthands(make());
    const audit = { ...key, partition: auditItem(key.partition) };
    await store.requestForce(audit, 'r-1', { deep: true });
    await hold();
    const held = await hold(audit);
    expect(held.state).toMatchObject({ id: audit.partition, force: { run: 'r-1', wish: { deep: true } } });
    const full = { run: 'r-1', ledger: EMPTY_LEDGER, phase: 'read' } as const;
    const begun = await commit(held, { full, forceDone: 'r-1' });
    expect(await indexed()).toEqual([audit.partition]);
    const lastRun = {
      run: 'r-1',
      task: 'audit',
      outcome: 'cancelled',
      at: W1,
      durationMs: 5,
      ledger: EMPTY_LEDGER,
    } as const;
    const ended = await commit(await hold(audit), { full: null, lastRun });
    expect(ended).toMatchObject({ fence: begun.fence + 1, lastRun });
    expect(await indexed()).toEqual([]);
    expect((await store.list(stream)).partitions.map(({ id }) => id)).toEqual([key.partition]);
  });

  it('goes on where a page ended', async () => {
    const { store, stream, key } = shorthands(make());
    const ids = Array.from({ length: 1_005 }, (_, index) => `p${String(index).padStart(4, '0')}`);
    for (let from = 0; from < ids.length; from += 50) {
      const batch = ids.slice(from, from + 50);
      await Promise.all(batch.map((partition) => store.markRebuild({ ...key, partition })));
    }
    const first = await store.list(stream);
    const second = await store.list(stream, first.next);
    expect([...first.partitions, ...second.partitions].map(({ id }) => id)).toEqual(ids);
    expect(second.next).toBeUndefined();
  });
}
