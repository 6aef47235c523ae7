import { describe } from 'vitest';
import { DynamoCallBudget } from '../../lib/adapters/dynamodb/dynamo-call-budget.ts';
import { InMemoryCallBudget } from '../fakes/in-memory-call-budget.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { callBudgetContract, callBudgetEquivalence } from './call-budget.contract.ts';

const inMemory = () =>
  workbench((clock) => {
    const budget = new InMemoryCallBudget(clock, 'first');
    return (holder) => budget.another(holder);
  });

describe('InMemoryCallBudget', () => {
  callBudgetContract(inMemory);
});

describe('DynamoCallBudget', () => {
  describeOnTables((table) => {
    const onTable = () =>
      workbench((clock) => (holder) => new DynamoCallBudget(table().client, table().tableName, clock, holder));
    callBudgetContract(onTable);
    callBudgetEquivalence(onTable, inMemory);
  });
});
