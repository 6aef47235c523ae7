import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Deployment } from '../template/deployment.ts';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const tableSchema = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z._default(
    z.array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.exactOptional(z.array(z.string())),
        }),
      }),
    ),
    [],
  ),
  TimeToLiveSpecification: z.exactOptional(z.object({ AttributeName: z.string(), Enabled: z.boolean() })),
});

/**
 * Creates the tables of the templates. One that is there already, from an earlier start, keeps its items.
 * @returns their names
 */
export async function createTables(deployment: Deployment, endpoint: string): Promise<readonly string[]> {
  const client = new DynamoDBClient({
    endpoint,
    region: deployment.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const declared = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].flatMap((type) =>
      deployment.declared(type, tableSchema),
    );
    for (const { resource, properties } of declared) {
      await createTable(client, deployment.physical(resource).ref, properties);
    }
    return declared.map(({ resource }) => deployment.physical(resource).ref);
  } finally {
    client.destroy();
  }
}

async function createTable(
  client: DynamoDBClient,
  TableName: string,
  properties: z.infer<typeof tableSchema>,
): Promise<void> {
  const { TimeToLiveSpecification, GlobalSecondaryIndexes, ...table } = properties;
  const input: CreateTableCommandInput = { TableName, BillingMode: 'PAY_PER_REQUEST', ...table };
  if (GlobalSecondaryIndexes.length > 0) input.GlobalSecondaryIndexes = GlobalSecondaryIndexes;
  try {
    await client.send(new CreateTableCommand(input));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  if (TimeToLiveSpecification === undefined) return;
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}
