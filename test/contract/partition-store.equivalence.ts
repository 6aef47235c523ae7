import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { instantFromMs, plusMs } from '../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../lib/domain/ledger.ts';
import { partitionKey } from '../../lib/domain/names.ts';
import type { ForceWish } from '../../lib/domain/partition.ts';
import type { Held, PartitionChange, PartitionStore } from '../../lib/ports/partition-store.ts';
import type { Workbench } from '../support/table-backends.ts';

const RUNS = 50;
const W = instantFromMs(1_700_000_000_000);

type Step =
  | { readonly does: 'acquire'; readonly partition: string; readonly owner: string; readonly leaseMs: number }
  | { readonly does: 'commit'; readonly held: number; readonly change: PartitionChange }
  | { readonly does: 'renew'; readonly held: number; readonly leaseMs: number }
  | { readonly does: 'open'; readonly partition: string; readonly delta: number; readonly sinceMs: number }
  | { readonly does: 'moved'; readonly partition: string; readonly moved: Readonly<Record<string, string>> }
  | { readonly does: 'rebuild'; readonly partition: string }
  | { readonly does: 'force'; readonly partition: string; readonly run: string; readonly wish: ForceWish | undefined }
  | { readonly does: 'cancel'; readonly partition: string; readonly run: string }
  | { readonly does: 'remove'; readonly held: number }
  | { readonly does: 'discover'; readonly partition: string; readonly title: string | undefined }
  | { readonly does: 'wait'; readonly ms: number };

const partition = fc.constantFrom('a', 'b', '*', '*audit:a');
const instant = fc.integer({ min: 0, max: 3 }).map((seconds) => plusMs(W, seconds * 1_000));
const delta = fc.integer({ min: 1, max: 4 });
const run = fc.constantFrom('r-1', 'r-2');
const leaseMs = fc.constantFrom(50, 100);
const record = fc.constantFrom('1', 'with blank', 'zażółć 🌊', '__proto__');
const stamp = fc.constantFrom('01.a', '02.b', '03.c');
const wish = fc.record({ approved: fc.nat(9), plan: run, repair: fc.boolean() }, { requiredKeys: [] });
const full = fc.record(
  {
    run,
    ledger: fc.constant({ ...EMPTY_LEDGER, pages: 2, removed: 1 }),
    phase: fc.constantFrom('inside' as const, 'read' as const, 'finish' as const),
    cursor: fc.constantFrom('', 'page-2'),
    startOrder: fc.nat(9),
    startMarked: fc.nat(4),
    startRebuilds: fc.nat(4),
    heldDeletions: fc.nat(2),
    drift: fc.constant({ missing: 1, stale: 2, extra: 0, corrupt: 30 }),
    wish,
  },
  { requiredKeys: ['run', 'ledger', 'phase'] },
);
const change: fc.Arbitrary<PartitionChange> = fc.record(
  {
    watermark: instant,
    loaded: fc.constant(true as const),
    cached: fc.boolean(),
    applied: fc.uniqueArray(delta, { maxLength: 2 }),
    settled: fc.constant(true as const),
    movedDone: fc.uniqueArray(record, { maxLength: 2 }),
    rebuild: fc.boolean(),
    forceDone: run,
    cancelDone: run,
    full: fc.option(full, { nil: null }),
    scanOrder: fc.nat(3),
    count: fc.nat(3),
    failures: fc.nat(2),
    totals: fc.record({ runs: fc.nat(2), added: fc.nat(2) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('acquire' as const),
      partition,
      owner: fc.constantFrom('x', 'y'),
      leaseMs,
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('commit' as const), held: fc.nat(2), change }) },
  fc.record({ does: fc.constant('renew' as const), held: fc.nat(2), leaseMs }),
  { weight: 2, arbitrary: fc.record({ does: fc.constant('open' as const), partition, delta, sinceMs: fc.nat(2_000) }) },
  fc.record({
    does: fc.constant('moved' as const),
    partition,
    moved: fc.dictionary(record, stamp, { maxKeys: 2, noNullPrototype: true }),
  }),
  fc.record({ does: fc.constant('rebuild' as const), partition }),
  fc.record({ does: fc.constant('force' as const), partition, run, wish: fc.option(wish, { nil: undefined }) }),
  fc.record({ does: fc.constant('cancel' as const), partition, run }),
  fc.record({ does: fc.constant('remove' as const), held: fc.nat(2) }),
  fc.record({ does: fc.constant('discover' as const), partition, title: fc.constantFrom('One', 'Two', undefined) }),
  fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(1, 49, 50, 100) }),
);

/** Whatever is done, in whatever order, the store and its in-memory fake answer alike. */
export function partitionStoreEquivalence(
  makeReal: () => Workbench<PartitionStore>,
  makeFake: () => Workbench<PartitionStore>,
): void {
  it('answers as the in-memory store does, over random histories', async () => {
    const history = fc.array(step, { minLength: 5, maxLength: 30 });
    const agrees = fc.asyncProperty(history, async (steps) => {
      const [real, fake] = await Promise.all([play(makeReal(), steps), play(makeFake(), steps)]);
      expect(real).toEqual(fake);
    });
    await fc.assert(agrees, { numRuns: RUNS });
  });
}

/** Plays a history and writes down every answer, and at the end what is stored and what is unfinished. */
async function play(bench: Workbench<PartitionStore>, steps: readonly Step[]): Promise<readonly unknown[]> {
  const store = bench.open();
  const stream = { connection: bench.connection, stream: 'registrations' };
  const leases: Held[] = [];
  const answers: unknown[] = [];
  for (const next of steps) answers.push(await playStep({ bench, store, leases }, next));
  answers.push(await store.list(stream), await store.read(partitionKey(stream, '*')));
  answers.push(await store.read(partitionKey(stream, '*audit:a')));
  const unfinished = await store.unfinished(stream, plusMs(bench.clock.now(), 1), 10);
  // Marked in the same millisecond, partitions come in any order.
  answers.push(unfinished.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  return answers;
}

interface Stage {
  readonly bench: Workbench<PartitionStore>;
  readonly store: PartitionStore;
  readonly leases: Held[];
}

async function playStep({ bench, store, leases }: Stage, next: Step): Promise<unknown> {
  const keyOf = (id: string) => partitionKey({ connection: bench.connection, stream: 'registrations' }, id);
  switch (next.does) {
    case 'acquire': {
      const acquired = await store.acquire(keyOf(next.partition), next.owner, next.leaseMs);
      if (acquired.outcome === 'busy') return acquired;
      leases.push(acquired.held);
      const { fence, state, expiresAt } = acquired.held;
      return { fence, state, expiresAt };
    }
    case 'commit': {
      const held = leases.at(-1 - next.held);
      return held && store.commit(held, next.change);
    }
    case 'renew': {
      const held = leases.at(-1 - next.held);
      return held && store.renew(held, next.leaseMs);
    }
    case 'open':
      return store.markOpen(keyOf(next.partition), next.delta, plusMs(W, next.sinceMs));
    case 'moved':
      return store.markMoved(keyOf(next.partition), next.moved);
    case 'rebuild':
      return store.markRebuild(keyOf(next.partition));
    case 'force':
      return store.requestForce(keyOf(next.partition), next.run, next.wish);
    case 'cancel':
      return store.requestCancel(keyOf(next.partition), next.run);
    case 'remove': {
      const held = leases.at(-1 - next.held);
      return held && store.remove(held);
    }
    case 'discover':
      return store.discover(keyOf(next.partition), next.title);
    case 'wait':
      return bench.clock.advance(next.ms);
  }
}
