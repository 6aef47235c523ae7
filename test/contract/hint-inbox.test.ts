import { describe } from 'vitest';
import { DynamoHintInbox } from '../../lib/adapters/dynamodb/dynamo-hint-inbox.ts';
import { InMemoryHintInbox } from '../fakes/in-memory-hint-inbox.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { hintInboxContract } from './hint-inbox.contract.ts';

describe('InMemoryHintInbox', () => {
  hintInboxContract(() =>
    workbench((clock) => {
      const store = new InMemoryHintInbox(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoHintInbox', () => {
  describeOnTables((table) => {
    hintInboxContract(() => workbench((clock) => () => new DynamoHintInbox(table().client, table().tableName, clock)));
  });
});
