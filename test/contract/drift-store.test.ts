import { describe } from 'vitest';
import { DynamoDriftStore } from '../../lib/adapters/dynamodb/dynamo-drift-store.ts';
import { InMemoryDriftStore } from '../fakes/in-memory-drift-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { driftStoreContract } from './drift-store.contract.ts';

describe('InMemoryDriftStore', () => {
  driftStoreContract(() =>
    workbench(() => {
      const store = new InMemoryDriftStore();
      return () => store.another();
    }),
  );
});

describe('DynamoDriftStore', () => {
  describeOnTables((table) => {
    driftStoreContract(() =>
      workbench((clock) => () => new DynamoDriftStore(table().client, table().tableName, clock)),
    );
  });
});
