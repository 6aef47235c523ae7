import { describe } from 'vitest';
import { DynamoForgottenStore } from '../../lib/adapters/dynamodb/dynamo-forgotten-store.ts';
import { InMemoryForgottenStore } from '../fakes/in-memory-forgotten-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { forgottenStoreContract } from './forgotten-store.contract.ts';

describe('InMemoryForgottenStore', () => {
  forgottenStoreContract(() =>
    workbench(() => {
      const store = new InMemoryForgottenStore();
      return () => store.another();
    }),
  );
});

describe('DynamoForgottenStore', () => {
  describeOnTables((table) => {
    forgottenStoreContract(() =>
      workbench((clock) => () => new DynamoForgottenStore(table().client, table().tableName, clock)),
    );
  });
});
