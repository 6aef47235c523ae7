import { expect, it } from 'vitest';
import { type Instant, plusMs } from '../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../lib/domain/ledger.ts';
import type { Run } from '../../lib/domain/run.ts';
import { formatRunId } from '../../lib/domain/run-id.ts';
import type { RunFilter, RunStore } from '../../lib/ports/run-store.ts';
import type { Workbench } from '../support/table-backends.ts';

const DAY_MS = 86_400_000;

function runAt(connection: string, at: Instant, more: Partial<Run> = {}): Run {
  return {
    connection,
    stream: 'registrations',
    partition: '4433256000013547003',
    run: formatRunId(at, 'abcdefgh'),
    task: 'full',
    trigger: 'force',
    state: 'queued',
    requestedAt: at,
    ledger: EMPTY_LEDGER,
    ...more,
  };
}

/** What every run history does, whatever is behind it. */
export function runStoreContract(make: () => Workbench<RunStore>): void {
  const setUp = () => {
    const bench = make();
    const store = bench.open();
    const putMany = async (count: number, more: (index: number) => Partial<Run> = () => ({})) => {
      const runs = Array.from({ length: count }, (_, index) =>
        runAt(bench.connection, plusMs(bench.clock.now(), index), more(index)),
      );
      await Promise.all(runs.map((run) => store.put(run)));
      return runs.toReversed();
    };
    return { ...bench, store, putMany };
  };
  const pages = async (store: RunStore, filter: RunFilter) => {
    const found: (readonly Run[])[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ ...filter, ...(cursor !== undefined && { cursor }) });
      found.push(page.runs);
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  };

  it('finds a run by its id, among the connections there are', async () => {
    const { store, connection, clock } = setUp();
    const run = runAt(connection, clock.now());
    await store.put(run);
    expect(await store.find(run.run, ['elsewhere', connection, connection])).toEqual(run);
    expect(await store.find(run.run, ['elsewhere'])).toBeUndefined();
    expect(await store.find(run.run, [])).toBeUndefined();
    expect(await store.find(formatRunId(clock.now(), 'unknown0'), [connection])).toBeUndefined();
  });

  it('writes a run over what was there, whole', async () => {
    const { store, connection, clock } = setUp();
    const at = clock.now();
    const running = runAt(connection, at, { state: 'running', startedAt: plusMs(at, 5), error: 'source-unavailable' });
    await store.put(running);
    const ended = runAt(connection, at, {
      state: 'ended',
      outcome: 'partial',
      startedAt: plusMs(at, 5),
      endedAt: plusMs(at, 9),
      ledger: { ...EMPTY_LEDGER, pages: 2, seen: 7, added: 6, quarantined: 1 },
      heldDeletions: 3,
      partitions: 2,
      handedOut: 6,
    });
    await store.put(ended);
    expect(await store.find(ended.run, [connection])).toEqual(ended);
  });

  it('keeps what an audit found, and which plan a run made or carries out', async () => {
    const { store, connection, clock } = setUp();
    const drift = { missing: 1, stale: 0, extra: 2_000, corrupt: 3 };
    const audit = runAt(connection, clock.now(), { task: 'audit', outcome: 'cancelled', state: 'ended', drift });
    const drop = runAt(connection, plusMs(clock.now(), 1), { task: 'drop', trigger: 'plan', plan: audit.run });
    for (const run of [audit, drop]) await store.put(run);
    expect((await store.list({ connection, limit: 2 })).runs).toEqual([drop, audit]);
  });

  it('lists a connection, newest first, page by page', async () => {
    const { store, connection, putMany } = setUp();
    const runs = await putMany(7);
    expect(await pages(store, { connection, limit: 3 })).toEqual([runs.slice(0, 3), runs.slice(3, 6), runs.slice(6)]);
    expect(await pages(store, { connection, limit: 7 })).toEqual([runs]);
    expect(await store.list({ connection: `${connection}-b`, limit: 3 })).toEqual({ runs: [] });
  });

  it('lists one stream or one partition of it', async () => {
    const { store, connection, putMany } = setUp();
    const runs = await putMany(9, (index) => ({
      stream: index % 3 === 0 ? 'orders' : 'registrations',
      partition: `p${index % 2}`,
    }));
    const orders = runs.filter(({ stream }) => stream === 'orders');
    expect(await pages(store, { connection, stream: 'orders', limit: 2 })).toEqual([
      orders.slice(0, 2),
      orders.slice(2),
    ]);
    const one = runs.filter(({ stream, partition }) => stream === 'registrations' && partition === 'p1');
    expect(await pages(store, { connection, stream: 'registrations', partition: 'p1', limit: 5 })).toEqual([one]);
    expect(await store.list({ connection, stream: 'returns', limit: 5 })).toEqual({ runs: [] });
  });

  it('keeps a run for thirty days after it was last written', async () => {
    const { store, connection, clock } = setUp();
    const run = runAt(connection, clock.now());
    await store.put(run);
    clock.advance(DAY_MS);
    await store.put({ ...run, state: 'running' });
    clock.advance(30 * DAY_MS - 1_000);
    expect(await store.find(run.run, [connection])).toMatchObject({ state: 'running' });
    clock.advance(1_000);
    expect(await store.find(run.run, [connection])).toBeUndefined();
    expect(await store.list({ connection, limit: 5 })).toEqual({ runs: [] });
  });
}
