import { describe } from 'vitest';
import { DynamoPartitionStore } from '../../lib/adapters/dynamodb/dynamo-partition-store.ts';
import { InMemoryPartitionStore } from '../fakes/in-memory-partition-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { leaseContentionContract } from './lease-contention.contract.ts';
import { partitionStoreContract } from './partition-store.contract.ts';
import { partitionStoreEquivalence } from './partition-store.equivalence.ts';

const inMemory = () =>
  workbench((clock) => {
    const store = new InMemoryPartitionStore(clock);
    return () => store.another();
  });

describe('InMemoryPartitionStore', () => {
  partitionStoreContract(inMemory);
  leaseContentionContract(inMemory);
});

describe('DynamoPartitionStore', () => {
  describeOnTables((table) => {
    const onTable = () =>
      workbench((clock) => () => new DynamoPartitionStore(table().client, table().tableName, clock));
    partitionStoreContract(onTable);
    leaseContentionContract(onTable);
    partitionStoreEquivalence(onTable, inMemory);
  });
});
