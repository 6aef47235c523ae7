import { describe } from 'vitest';
import { DynamoPlanStore } from '../../lib/adapters/dynamodb/dynamo-plan-store.ts';
import { InMemoryPlanStore } from '../fakes/in-memory-plan-store.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { planStoreContract } from './plan-store.contract.ts';

describe('InMemoryPlanStore', () => {
  planStoreContract(() =>
    workbench((clock) => {
      const store = new InMemoryPlanStore(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoPlanStore', () => {
  describeOnTables((table) => {
    planStoreContract(() => workbench((clock) => () => new DynamoPlanStore(table().client, table().tableName, clock)));
  });
});
