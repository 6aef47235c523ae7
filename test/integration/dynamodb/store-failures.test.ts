import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoPartitionStore } from '../../../lib/adapters/dynamodb/dynamo-partition-store.ts';
import { DynamoRunStore } from '../../../lib/adapters/dynamodb/dynamo-run-store.ts';
import { StoreFailure } from '../../../lib/adapters/dynamodb/store-failure.ts';
import { EmbeddedTable } from '../../support/embedded-table.ts';
import { localDynamoDbClient } from '../../support/state-table.ts';

const KEY = { connection: 'main', stream: 'registrations', partition: '1' };

let table: EmbeddedTable;

beforeAll(async () => {
  table = await EmbeddedTable.open();
});
afterAll(() => table.close());

describe('failures of the table', () => {
  it.each([
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'RequestLimitExceeded',
    'InternalServerError',
    'ServiceUnavailable',
    'drop',
  ] as const)('are retryable after %s', async (error) => {
    const impatient = localDynamoDbClient(table.service.url, 1);
    const store = new DynamoPartitionStore(impatient, table.name, table.clock);
    table.service.faults.next({ error });
    const failure = await store.acquire(KEY, 'worker-1', 1_000).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(StoreFailure);
    expect(failure).toMatchObject({ code: 'store-unavailable', retryable: true });
    table.service.faults.next({ error });
    await expect(store.read(KEY)).rejects.toBeInstanceOf(StoreFailure);
    impatient.destroy();
  });

  it('are retryable when nobody answers', async () => {
    const lonely = localDynamoDbClient('http://127.0.0.1:9', 1);
    const store = new DynamoPartitionStore(lonely, table.name, table.clock);
    await expect(store.read(KEY)).rejects.toMatchObject({ code: 'store-unavailable', retryable: true });
    lonely.destroy();
  });

  it('are survived by the SDK when they pass', async () => {
    table.service.faults.next({ error: 'InternalServerError', count: 2 });
    const store = new DynamoPartitionStore(table.client, table.name, table.clock);
    expect(await store.discover({ ...KEY, partition: '2' }, 'Two')).toEqual({ created: true });
  });

  it('are defects, and come as they are, when the request is wrong', async () => {
    const astray = new DynamoRunStore(table.client, 'no-such-table', table.clock);
    const failure = await astray.find('r-1', ['main']).catch((thrown: unknown) => thrown);
    expect(failure).not.toBeInstanceOf(StoreFailure);
    expect(failure).toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
