import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type EmbeddedDynamoDb, startEmbeddedDynamoDb } from '../../infra/local/services/dynamodb/embedded-dynamodb.ts';
import type { Item } from '../../lib/adapters/dynamodb/attributes.ts';
import type { ItemKey } from '../../lib/adapters/dynamodb/keys.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { createStateTable, localDynamoDbClient } from './state-table.ts';

const TABLE = 'tidemark-state';

type Fault = Parameters<EmbeddedDynamoDb['faults']['next']>[0];

/** The state table on an embedded service of its own, open to faults, meters and raw items. */
export class EmbeddedTable {
  readonly name = TABLE;
  readonly clock = new ManualClock();
  readonly client: DynamoDBClient;
  readonly service: EmbeddedDynamoDb;

  private constructor(service: EmbeddedDynamoDb) {
    this.service = service;
    this.client = localDynamoDbClient(service.url);
  }

  static async open(): Promise<EmbeddedTable> {
    const table = new EmbeddedTable(await startEmbeddedDynamoDb());
    await createStateTable(table.client, TABLE);
    return table;
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.service.close();
  }

  /** The next write takes effect, but its answer is lost; the SDK repeats it. */
  loseNextAnswer(error: Fault['error'] = 'drop'): void {
    this.service.faults.next({ operation: 'UpdateItem', error, applied: true });
  }

  /** Write units that `work` is billed for, by place: the table, and the table's index. */
  async unitsOf(work: () => Promise<unknown>): Promise<{ readonly table: number; readonly index: number }> {
    const billed = () => this.service.meter.writeUnits.snapshot();
    const before = billed();
    await work();
    const spent = (place: string) => (billed()[place] ?? 0) - (before[place] ?? 0);
    return { table: spent(TABLE), index: spent(`${TABLE}/unfinished`) };
  }

  async rawItem({ pk, sk }: ItemKey): Promise<Item | undefined> {
    const input = { TableName: TABLE, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true };
    return (await this.client.send(new GetItemCommand(input))).Item;
  }

  async putRawItem({ pk, sk }: ItemKey, attributes: Item): Promise<void> {
    const item = { ...attributes, pk: { S: pk }, sk: { S: sk } };
    await this.client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
  }
}
