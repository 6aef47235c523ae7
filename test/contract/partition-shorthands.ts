import { instantFromMs, plusMs } from '../../lib/domain/instant.ts';
import { EMPTY_LEDGER } from '../../lib/domain/ledger.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import type { Held, PartitionChange, PartitionStore } from '../../lib/ports/partition-store.ts';
import { heldBy } from '../support/held-by.ts';
import type { Workbench } from '../support/table-backends.ts';

export const MINUTE_MS = 60_000;
export const W1 = instantFromMs(1_700_000_000_000);
export const W2 = plusMs(W1, 1_000);
export const W3 = plusMs(W1, 2_000);
export const STAMP_A = '01700000000000.000000000001.aaaaaaaaaaaaaaaa';
export const STAMP_B = '01700000000001.000000000002.bbbbbbbbbbbbbbbb';
export const LEDGER = { ...EMPTY_LEDGER, pages: 1, seen: 3, added: 2, updated: 1, cacheCommands: 4 };

/** A store, a key in it, and what the tests do with them again and again. */
export function shorthands({ connection, open }: Workbench<PartitionStore>) {
  const store = open();
  const stream = { connection, stream: 'registrations' };
  const key: PartitionKey = { ...stream, partition: '4433256000013547003' };
  const hold = async (partition = key, owner = 'worker-1', leaseMs = MINUTE_MS): Promise<Held> => {
    return heldBy(await store.acquire(partition, owner, leaseMs));
  };
  const commit = async (held: Held, change: PartitionChange) => {
    const committed = await store.commit(held, change);
    if (committed.outcome === 'fenced') throw new Error('the commit was fenced');
    return committed.state;
  };
  const indexed = async () => (await store.unfinished(stream, instantFromMs(8e15), 10)).map(({ id }) => id);
  return { store, stream, key, hold, commit, indexed };
}
