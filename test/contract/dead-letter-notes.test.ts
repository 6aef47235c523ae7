import { describe } from 'vitest';
import { DynamoDeadLetterNotes } from '../../lib/adapters/dynamodb/dynamo-dead-letter-notes.ts';
import { InMemoryDeadLetterNotes } from '../fakes/in-memory-dead-letter-notes.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { deadLetterNotesContract } from './dead-letter-notes.contract.ts';

describe('InMemoryDeadLetterNotes', () => {
  deadLetterNotesContract(() =>
    workbench((clock) => {
      const store = new InMemoryDeadLetterNotes(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoDeadLetterNotes', () => {
  describeOnTables((table) => {
    deadLetterNotesContract(() =>
      workbench((clock) => () => new DynamoDeadLetterNotes(table().client, table().tableName, clock)),
    );
  });
});
