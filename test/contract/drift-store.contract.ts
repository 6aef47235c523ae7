import { expect, it } from 'vitest';
import { DRIFT_IDS, type DriftReport } from '../../lib/domain/drift.ts';
import type { DriftStore } from '../../lib/ports/drift-store.ts';
import { present } from '../support/present.ts';
import type { Workbench } from '../support/table-backends.ts';

/** What every store of audit findings does, whatever is behind it. */
export function driftStoreContract(make: () => Workbench<DriftStore>): void {
  const setUp = () => {
    const { open, connection, clock } = make();
    const stream = { connection, stream: 'registrations' };
    const report = (more: Partial<DriftReport> = {}): DriftReport => ({
      ...stream,
      partition: '4433256000013547003',
      run: '0mi8q2x1k-abcdefgh',
      at: clock.now(),
      counts: { missing: 1, stale: 2, extra: 0, corrupt: 3_000 },
      ids: { missing: ['4433256000013547100'], stale: ['2', '1'], extra: [], corrupt: ['żółć 3'] },
      repaired: false,
      swept: 1_241,
      compared: 310,
      sourceCalls: 2,
      cacheCommands: 9,
      ...more,
    });
    return { store: open(), stream, report };
  };

  it('keeps the last report of each partition', async () => {
    const { store, report } = setUp();
    expect(await store.read(report())).toBeUndefined();
    await store.put(report());
    expect(await store.read(report())).toEqual(report());
    const next = report({ repaired: true, ids: { missing: [], stale: [], extra: ['7'], corrupt: [] } });
    await store.put(next);
    expect(await store.read(report())).toEqual(next);
    expect(await store.read({ ...report(), partition: 'another' })).toBeUndefined();
  });

  it('lists a stream in the order of partition ids, page by page', async () => {
    const { store, stream, report } = setUp();
    const ids = Array.from({ length: 105 }, (_, index) => `p${String(index).padStart(3, '0')}`);
    await Promise.all(ids.toReversed().map((partition) => store.put(report({ partition }))));
    await store.put(report({ stream: 'orders' }));
    const first = await store.list(stream);
    const second = await store.list(stream, present(first.next, 'a second page'));
    expect(second.next).toBeUndefined();
    expect([...first.reports, ...second.reports]).toEqual(ids.map((partition) => report({ partition })));
  });

  it('removes a report, once and again', async () => {
    const { store, stream, report } = setUp();
    await store.put(report());
    await store.remove(report());
    await store.remove(report());
    expect(await store.list(stream)).toEqual({ reports: [] });
  });

  it('keeps two hundred ids of each kind', async () => {
    const { store, report } = setUp();
    const many = Array.from({ length: DRIFT_IDS }, (_, index) => `44332560000135470${index}`);
    const full = report({ ids: { missing: many, stale: many, extra: many, corrupt: many } });
    await store.put(full);
    expect(await store.read(full)).toEqual(full);
  });

  it('takes ids of any length, and keeps the first of them', async () => {
    const { store, report } = setUp();
    const longest = Array.from({ length: DRIFT_IDS }, (_, index) => `${index} ${'記'.repeat(250)}`);
    const full = report({ ids: { missing: longest, stale: longest, extra: longest, corrupt: longest } });
    await store.put(full);
    const { counts, ids } = present(await store.read(full), 'the report');
    expect(counts).toEqual(full.counts);
    for (const kept of Object.values(ids)) {
      expect(kept.length).toBeGreaterThan(50);
      expect(kept).toEqual(longest.slice(0, kept.length));
    }
  });
}
