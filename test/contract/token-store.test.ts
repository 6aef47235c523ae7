import { describe } from 'vitest';
import { DynamoTokenStore } from '../../lib/adapters/dynamodb/dynamo-token-store.ts';
import { InMemoryTokenStore } from '../fakes/in-memory-token-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { tokenStoreContract } from './token-store.contract.ts';

describe('InMemoryTokenStore', () => {
  tokenStoreContract(() =>
    workbench((clock) => {
      const store = new InMemoryTokenStore(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoTokenStore', () => {
  describeOnTables((table) => {
    tokenStoreContract(() =>
      workbench((clock) => () => new DynamoTokenStore(table().client, table().tableName, clock)),
    );
  });
});
