import { describe } from 'vitest';
import { DynamoDeliveryMarks } from '../../lib/adapters/dynamodb/dynamo-delivery-marks.ts';
import { InMemoryDeliveryMarks } from '../fakes/in-memory-delivery-marks.ts';
import { describeOnTables, workbench } from '../support/table-backends.ts';
import { deliveryMarksContract } from './delivery-marks.contract.ts';

describe('InMemoryDeliveryMarks', () => {
  deliveryMarksContract(() =>
    workbench((clock) => {
      const store = new InMemoryDeliveryMarks(clock);
      return () => store.another();
    }),
  );
});

describe('DynamoDeliveryMarks', () => {
  describeOnTables((table) => {
    deliveryMarksContract(() =>
      workbench((clock) => () => new DynamoDeliveryMarks(table().client, table().tableName, clock)),
    );
  });
});
