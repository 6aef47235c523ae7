import { describe } from 'vitest';
import { DynamoRunStore } from '../../lib/adapters/dynamodb/dynamo-run-store.ts';
import { InMemoryRunStore } from '../fakes/in-memory-run-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { runStoreContract } from './run-store.contract.ts';

describe('InMemoryRunStore', () => {
  runStoreContract(() =>
    workbench((clock) => {
      const store = new InMemoryRunStore(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoRunStore', () => {
  describeOnTables((table) => {
    runStoreContract(() => workbench((clock) => () => new DynamoRunStore(table().client, table().tableName, clock)));
  });
});
