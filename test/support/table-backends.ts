import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startEmbeddedDynamoDb } from '../../infra/local/services/dynamodb/embedded-dynamodb.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { findDynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.ts';
import { createStateTable, localDynamoDbClient } from './state-table.ts';

/** A service that speaks DynamoDB. */
interface TableBackend {
  readonly name: string;
  start(): Promise<{ readonly url: string; close(): Promise<void> }>;
}

/** A table to test on, created for one file's tests. Connections in it are handed out once each. */
export interface TableUnderTest {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/** What a contract runs on: an empty connection, a clock, and its stores as of as many processes as the test opens. */
export interface Workbench<Store> {
  readonly connection: string;
  readonly clock: ManualClock;
  /** @param holder names the process, where the store wants to know */
  readonly open: (holder?: string) => Store;
}

let connections = 0;

/** A workbench with a connection nobody has used and a clock of its own. */
export function workbench<Store>(opener: (clock: ManualClock) => (holder: string) => Store): Workbench<Store> {
  connections += 1;
  const clock = new ManualClock();
  const open = opener(clock);
  return { connection: `connection-${connections}`, clock, open: (holder = 'process-1') => open(holder) };
}

const EMBEDDED: TableBackend = { name: 'the embedded DynamoDB', start: startEmbeddedDynamoDb };

/**
 * Runs `tests` on the embedded DynamoDB; and, where `DYNAMODB_ENDPOINT` names one or `TIDEMARK_DEEP` asks for it, on
 * DynamoDB Local.
 */
export function describeOnTables(tests: (table: () => TableUnderTest, backend: string) => void): void {
  const { DYNAMODB_ENDPOINT: endpoint, TIDEMARK_DEEP: deep } = process.env;
  describeOn(EMBEDDED, tests);
  if (endpoint !== undefined) {
    describeOn(
      { name: `DynamoDB at ${endpoint}`, start: async () => ({ url: endpoint, close: async () => {} }) },
      tests,
    );
  } else if (deep === '1') {
    const jar = findDynamoDbLocal();
    if (jar !== undefined) describeOn({ name: 'DynamoDB Local', start: () => startDynamoDbLocal(jar) }, tests);
    else it('also holds on DynamoDB Local', ({ skip }) => skip('DynamoDB Local absent'));
  }
}

function describeOn(backend: TableBackend, tests: (table: () => TableUnderTest, backend: string) => void): void {
  describe(`on ${backend.name}`, () => {
    let table: TableUnderTest | undefined;
    let close = async () => {};
    beforeAll(async () => {
      const service = await backend.start();
      const tableName = `tidemark-${randomUUID()}`;
      const client = localDynamoDbClient(service.url);
      close = async () => {
        await client.send(new DeleteTableCommand({ TableName: tableName }));
        client.destroy();
        await service.close();
      };
      await createStateTable(client, tableName);
      table = { client, tableName };
    });
    afterAll(() => close());
    tests(() => {
      if (table === undefined) throw new Error('the table is created before the tests run');
      return table;
    }, backend.name);
  });
}
