import { describe } from 'vitest';
import { DynamoQuarantineStore } from '../../lib/adapters/dynamodb/dynamo-quarantine-store.ts';
import { InMemoryQuarantineStore } from '../fakes/in-memory-quarantine-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { quarantineStoreContract } from './quarantine-store.contract.ts';

describe('InMemoryQuarantineStore', () => {
  quarantineStoreContract(() =>
    workbench((clock) => {
      const store = new InMemoryQuarantineStore(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoQuarantineStore', () => {
  describeOnTables((table) => {
    quarantineStoreContract(() =>
      workbench((clock) => () => new DynamoQuarantineStore(table().client, table().tableName, clock)),
    );
  });
});
