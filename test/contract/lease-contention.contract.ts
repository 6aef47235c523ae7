import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PartitionStore } from '../../lib/ports/partition-store.ts';
import type { Workbench } from '../support/table-backends.ts';

const LEASE_MS = 3_600_000;

export interface Contention {
  readonly contenders: number;
  readonly turns: number;
}

/** Many processes add to one counter that only the lease protects: nothing may be lost, and without it something is. */
export function leaseContentionContract(make: () => Workbench<PartitionStore>, contention: Contention): void {
  const expected = contention.contenders * contention.turns;

  describe(`lease under ${contention.contenders} contenders`, () => {
    it(`counts exactly to ${expected}, each turn under a fence of its own`, async () => {
      const { counted, fences } = await contend(make(), contention, 'leased');
      expect(counted).toBe(expected);
      expect(new Set(fences).size).toBe(expected);
    });

    it(`counts short of ${expected} when the lease is not asked`, async () => {
      const { counted } = await contend(make(), contention, 'unprotected');
      expect(counted).toBeLessThan(expected);
    });
  });
}

async function contend(bench: Workbench<PartitionStore>, contention: Contention, mode: 'leased' | 'unprotected') {
  const fences: number[] = [];
  let counter = 0;
  const addOne = async () => {
    const seen = counter;
    await turn();
    counter = seen + 1;
  };
  const contender = async (owner: string) => {
    const store = bench.open();
    for (let count = 0; count < contention.turns; count += 1) {
      if (mode === 'unprotected') await addOne();
      else fences.push(await underLease(store, bench.connection, owner, addOne));
    }
  };
  await Promise.all(Array.from({ length: contention.contenders }, (_, index) => contender(`worker-${index}`)));
  return { counted: counter, fences };
}

async function underLease(store: PartitionStore, connection: string, owner: string, work: () => Promise<void>) {
  const key = { connection, stream: 'registrations', partition: '1' };
  for (;;) {
    const acquired = await store.acquire(key, owner, LEASE_MS);
    if (acquired.outcome === 'held') {
      await work();
      await store.commit(acquired.held, {});
      return acquired.held.fence;
    }
    await turn();
  }
}
