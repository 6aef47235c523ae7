import { describe } from 'vitest';
import { DynamoConnectionRegistry } from '../../lib/adapters/dynamodb/dynamo-connection-registry.ts';
import { InMemoryConnectionRegistry } from '../fakes/in-memory-connection-registry.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { connectionRegistryContract } from './connection-registry.contract.ts';

describe('InMemoryConnectionRegistry', () => {
  connectionRegistryContract(() =>
    workbench(() => {
      const store = new InMemoryConnectionRegistry();
      return () => store.another();
    }),
  );
});

describe('DynamoConnectionRegistry', () => {
  describeOnTables((table) => {
    connectionRegistryContract(() =>
      workbench((clock) => () => new DynamoConnectionRegistry(table().client, table().tableName, clock)),
    );
  });
});
