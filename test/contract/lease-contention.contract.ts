import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type PartitionKey, partitionKey } from '../../lib/domain/names.ts';
import type { PartitionStore } from '../../lib/ports/partition-store.ts';
import type { Workbench } from '../support/table-backends.ts';

const LEASE_MS = 3_600_000;
const TEST_TIMEOUT_MS = 60_000;

const CONTENDERS = 50;
const TURNS = 10;
const EXPECTED = CONTENDERS * TURNS;

/** How many of those who wait ask again when the lease is given back; and how long they wait at the most. */
const WOKEN = 3;
const PATIENCE_MS = 250;

/** Whether contenders heed a store that says that somebody else holds the lease. */
type Safety = 'on' | 'off';

/** Many processes add to one counter that only the lease protects: nothing may be lost, and without it something is. */
export function leaseContentionContract(make: () => Workbench<PartitionStore>): void {
  describe(`lease under ${CONTENDERS} contenders`, { timeout: TEST_TIMEOUT_MS }, () => {
    it(`counts exactly to ${EXPECTED}, each turn under a fence of its own`, async () => {
      const { counted, fences } = await contend(make(), 'on');
      expect(counted).toBe(EXPECTED);
      expect(new Set(fences).size).toBe(EXPECTED);
    });

    it(`counts short of ${EXPECTED} when contenders go on whatever the store says`, async () => {
      const { counted } = await contend(make(), 'off');
      expect(counted).toBeLessThan(EXPECTED);
    });
  });
}

async function contend(bench: Workbench<PartitionStore>, safety: Safety) {
  const key = partitionKey({ connection: bench.connection, stream: 'registrations' }, '1');
  const room = new WaitingRoom();
  const fences: number[] = [];
  let counter = 0;
  const contender = async (owner: string) => {
    const store = bench.open();
    const addOne = async () => {
      const seen = counter;
      // As long as any other request takes: time enough for another contender to come in between, were it let.
      await store.requestCancel(key, 'no such run');
      counter = seen + 1;
    };
    for (let turn = 0; turn < TURNS; turn += 1) {
      const fence = await takeTurn({ store, key, owner, safety, room }, addOne);
      if (fence !== undefined) fences.push(fence);
    }
  };
  await Promise.all(Array.from({ length: CONTENDERS }, (_, index) => contender(`worker-${index}`)));
  return { counted: counter, fences };
}

interface Contender {
  readonly store: PartitionStore;
  readonly key: PartitionKey;
  readonly owner: string;
  readonly safety: Safety;
  readonly room: WaitingRoom;
}

/** @returns the fence, if the lease was held */
async function takeTurn(contender: Contender, work: () => Promise<void>): Promise<number | undefined> {
  const { store, key, owner, safety, room } = contender;
  let acquired = await store.acquire(key, owner, LEASE_MS);
  while (acquired.outcome === 'busy' && safety === 'on') {
    await room.wait();
    acquired = await store.acquire(key, owner, LEASE_MS);
  }
  await work();
  if (acquired.outcome === 'busy') return undefined;
  await store.commit(acquired.held, {});
  room.wakeSome();
  return acquired.held.fence;
}

/** Fifty who ask all the time would keep the table from answering the one who holds the lease. */
class WaitingRoom {
  readonly #waiting: (() => void)[] = [];

  async wait(): Promise<void> {
    await Promise.race([wait(PATIENCE_MS), new Promise<void>((resolve) => this.#waiting.push(resolve))]);
  }

  wakeSome(): void {
    for (const wake of this.#waiting.splice(0, WOKEN)) wake();
  }
}
