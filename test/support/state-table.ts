import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_KEYS, UNFINISHED_COPIES, UNFINISHED_INDEX } from '../../lib/config/environment.ts';

/** A client towards a table service on this machine, with the SDK's own retries. */
export function localDynamoDbClient(url: string, maxAttempts = 3): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint: url, region: 'eu-central-1', credentials, maxAttempts });
}

/** Creates the state table as the template does: its keys and its sparse index. */
export async function createStateTable(client: DynamoDBClient, tableName: string): Promise<void> {
  const { partitionKey, sortKey, indexPartitionKey, indexSortKey } = TABLE_KEYS;
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: partitionKey, AttributeType: 'S' },
        { AttributeName: sortKey, AttributeType: 'S' },
        { AttributeName: indexPartitionKey, AttributeType: 'S' },
        { AttributeName: indexSortKey, AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: UNFINISHED_INDEX,
          KeySchema: [
            { AttributeName: indexPartitionKey, KeyType: 'HASH' },
            { AttributeName: indexSortKey, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...UNFINISHED_COPIES] },
        },
      ],
    }),
  );
}
