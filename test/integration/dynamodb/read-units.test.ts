import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoPartitionStore } from '../../../lib/adapters/dynamodb/dynamo-partition-store.ts';
import { plusMs } from '../../../lib/domain/instant.ts';
import { EmbeddedTable } from '../../support/embedded-table.ts';

const STREAM = { connection: 'main', stream: 'registrations' };
const UNFINISHED = 600;

let table: EmbeddedTable;

beforeAll(async () => {
  table = await EmbeddedTable.open();
});
afterAll(() => table.close());

async function unitsOf(place: string, work: () => Promise<unknown>): Promise<number> {
  const billed = () => table.service.meter.readUnits.snapshot()[place] ?? 0;
  const before = billed();
  await work();
  return billed() - before;
}

describe('read units of planning', () => {
  it('are one for sixty unfinished partitions looked at, and half of one for each that is planned again', async () => {
    const store = new DynamoPartitionStore(table.client, table.name, table.clock);
    const ids = Array.from({ length: UNFINISHED }, (_, index) => `4433256000013${547_000 + index}`);
    const now = table.clock.now();
    for (let from = 0; from < UNFINISHED; from += 50) {
      const marked = ids
        .slice(from, from + 50)
        .map((id) => store.markOpen({ ...STREAM, partition: id }, 288_000_000, now));
      await Promise.all(marked);
    }
    const look = () => store.unfinished(STREAM, plusMs(now, 1), UNFINISHED);
    expect(await look()).toHaveLength(UNFINISHED);
    expect(await unitsOf(`${table.name}/unfinished`, look)).toBeLessThanOrEqual(UNFINISHED / 60);
    expect(await unitsOf(table.name, look)).toBe(0);
    expect(await unitsOf(table.name, () => store.readMany(STREAM, ids.slice(0, 200)))).toBe(100);
  });
});
