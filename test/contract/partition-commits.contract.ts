import { expect, it } from 'vitest';
import type { FullCheckpoint, LastRun } from '../../lib/domain/partition.ts';
import type { PartitionStore } from '../../lib/ports/partition-store.ts';
import type { Workbench } from '../support/table-backends.ts';
import { LEDGER, shorthands, W1, W2, W3 } from './partition-shorthands.ts';

/** What a commit changes, and what it leaves. */
export function commitContract(make: () => Workbench<PartitionStore>): void {
  const NEWS = { upTo: W1, lookedAt: W2 };
  const FULL: FullCheckpoint = { run: 'r-1', startMarked: 2, news: NEWS, ledger: LEDGER, phase: 'read' };
  const LAST_RUN: LastRun = { run: 'r-1', task: 'full', outcome: 'partial', at: W2, durationMs: 1_250, ledger: LEDGER };

  it('writes what it is given, and a later commit leaves what it does not name', async () => {
    const { store, key, hold, commit } = shorthands(make());
    const change = { watermark: W1, loaded: true, cached: true, scanOrder: 7, count: 12, failures: 1 } as const;
    const first = await commit(await hold(), { ...change, lastRun: LAST_RUN, totals: { runs: 1, added: 2 } });
    expect(first).toMatchObject({ ...change, lastRun: LAST_RUN, totals: { runs: 1, added: 2, updated: 0 } });
    expect(first.lease).toBeUndefined();
    const second = await commit(await hold(), {});
    expect(second).toEqual({ ...first, fence: first.fence + 1 });
    expect(await store.read(key)).toEqual(second);
  });

  it('can say that the cache was lost, and that failures are over', async () => {
    const { hold, commit } = shorthands(make());
    await commit(await hold(), { cached: true, count: 5, failures: 3, scanOrder: 9 });
    const lost = await commit(await hold(), { cached: false, count: 0, failures: 0 });
    expect(lost).toMatchObject({ cached: false, count: 0, failures: 0, scanOrder: 9 });
  });

  it('keeps the layout, and the one that a full builds', async () => {
    const { hold, commit } = shorthands(make());
    const full: FullCheckpoint = { ...FULL, phase: 'copy', layout: 3 };
    const copying = await commit(await hold(), { layout: 2, full });
    expect(copying).toMatchObject({ layout: 2, full });
    const switching = await commit(await hold(), { layout: 3, full: { ...full, phase: 'switch', layout: 2 } });
    expect(switching).toMatchObject({ layout: 3, full: { phase: 'switch', layout: 2 } });
    expect(await commit(await hold(), { full: null })).toMatchObject({ layout: 3 });
  });

  it('never moves a watermark back', async () => {
    const { hold, commit } = shorthands(make());
    await commit(await hold(), { watermark: W2 });
    expect(await commit(await hold(), { watermark: W1 })).toMatchObject({ watermark: W2 });
    expect(await commit(await hold(), { watermark: W3 })).toMatchObject({ watermark: W3 });
  });

  it('adds totals to what is there', async () => {
    const { hold, commit } = shorthands(make());
    await commit(await hold(), { totals: { runs: 1, succeeded: 1, added: 5 } });
    const state = await commit(await hold(), { totals: { runs: 1, failed: 1, added: 2, removed: 3 } });
    expect(state.totals).toEqual({ runs: 2, succeeded: 1, failed: 1, added: 7, updated: 0, removed: 3 });
  });

  it('keeps a checkpoint until it is ended', async () => {
    const { hold, commit } = shorthands(make());
    const begun = await commit(await hold(), { full: FULL });
    expect(begun.full).toEqual(FULL);
    const further = { ...FULL, cursor: 'page-2', startOrder: 41, startedAt: W1, lastOrder: 42 };
    expect((await commit(await hold(), { full: further })).full).toEqual(further);
    expect((await commit(await hold(), { count: 1 })).full).toEqual(further);
    expect((await commit(await hold(), { full: null })).full).toBeUndefined();
  });

  it('keeps the error of a failed run, and forgets it with the next', async () => {
    const { hold, commit } = shorthands(make());
    const failed: LastRun = { ...LAST_RUN, outcome: 'failed', error: 'source-unavailable' };
    expect((await commit(await hold(), { lastRun: failed })).lastRun).toEqual(failed);
    expect((await commit(await hold(), { lastRun: LAST_RUN })).lastRun).toEqual(LAST_RUN);
  });
}
