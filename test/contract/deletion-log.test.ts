import { describe } from 'vitest';
import { DynamoDeletionLog } from '../../lib/adapters/dynamodb/dynamo-deletion-log.ts';
import { InMemoryDeletionLog } from '../fakes/in-memory-deletion-log.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { deletionLogContract } from './deletion-log.contract.ts';

describe('InMemoryDeletionLog', () => {
  deletionLogContract(() =>
    workbench((clock) => {
      const store = new InMemoryDeletionLog(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoDeletionLog', () => {
  describeOnTables((table) => {
    deletionLogContract(() =>
      workbench((clock) => () => new DynamoDeletionLog(table().client, table().tableName, clock)),
    );
  });
});
