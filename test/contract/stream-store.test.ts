import { describe } from 'vitest';
import { DynamoStreamStore } from '../../lib/adapters/dynamodb/dynamo-stream-store.ts';
import { InMemoryStreamStore } from '../fakes/in-memory-stream-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { streamStoreContract } from './stream-store.contract.ts';
import { streamStoreEquivalence } from './stream-store.equivalence.ts';

const inMemory = () =>
  workbench((clock) => {
    const store = new InMemoryStreamStore(clock);
    return () => store.another();
  });

describe('InMemoryStreamStore', () => {
  streamStoreContract(inMemory);
});

describe('DynamoStreamStore', () => {
  describeOnTables((table) => {
    const onTable = () => workbench((clock) => () => new DynamoStreamStore(table().client, table().tableName, clock));
    streamStoreContract(onTable);
    streamStoreEquivalence(onTable, inMemory);
  });
});
