import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AwsAnswer } from '../../../infra/local/services/aws-json-server.ts';
import { DynaliteEngine } from '../../../infra/local/services/dynamodb/dynalite-engine.ts';
import {
  type EmbeddedDynamoDb,
  startEmbeddedDynamoDb,
} from '../../../infra/local/services/dynamodb/embedded-dynamodb.ts';

const TABLE = 'state';
const INDEX = 'unfinished';
const CREATE_TABLE = new CreateTableCommand({
  TableName: TABLE,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'unfinished_stream', 'unfinished_since'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: INDEX,
      KeySchema: [
        { AttributeName: 'unfinished_stream', KeyType: 'HASH' },
        { AttributeName: 'unfinished_since', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
});
const KEY = { pk: { S: 'main#registrations' }, sk: { S: 'partition#1' } };

let dynamo: EmbeddedDynamoDb;
let client: DynamoDBClient;

function clientOf(service: EmbeddedDynamoDb, maxAttempts = 1): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint: service.url, region: 'eu-central-1', credentials, maxAttempts });
}

function update(expression: string, values: Record<string, { S: string } | { N: string }> = {}, condition?: string) {
  return new UpdateItemCommand({
    TableName: TABLE,
    Key: KEY,
    UpdateExpression: expression,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...(condition !== undefined && { ConditionExpression: condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  });
}

async function unitsOf(action: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = dynamo.meter.snapshot().writeUnits;
  await action();
  const after = Object.entries(dynamo.meter.snapshot().writeUnits);
  return Object.fromEntries(
    after.map(([place, units]) => [place, units - (before[place] ?? 0)]).filter(([, n]) => n !== 0),
  );
}

beforeEach(async () => {
  dynamo = await startEmbeddedDynamoDb();
  client = clientOf(dynamo);
  await client.send(CREATE_TABLE);
});

afterEach(async () => {
  client.destroy();
  await dynamo.close();
});

describe('conditions', () => {
  it('answer a refused write with the item that is there', async () => {
    await client.send(update('SET fence = :f', { ':f': { N: '7' } }));
    const refused = client.send(update('SET fence = :f', { ':f': { N: '8' } }, 'fence > :f'));
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: { ...KEY, fence: { N: '7' } } });
  });

  it('answer without an item when there is none, or nobody asked for it', async () => {
    const missing = await client.send(update('SET a = :a', { ':a': { S: 'x' } }, 'attribute_exists(pk)')).catch(String);
    expect(missing).toContain('ConditionalCheckFailed');
    await client.send(new PutItemCommand({ TableName: TABLE, Item: KEY }));
    const put = new PutItemCommand({ TableName: TABLE, Item: KEY, ConditionExpression: 'attribute_not_exists(pk)' });
    const error = await client.send(put).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: undefined });
  });

  it('let exactly one of many concurrent writers through', async () => {
    const attempt = () => client.send(update('SET holder = :o', { ':o': { S: 'x' } }, 'attribute_not_exists(holder)'));
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, attempt));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('leave the values a write returns as the caller asked for them', async () => {
    const command = update('SET a = if_not_exists(a, :zero) + :one', { ':zero': { N: '0' }, ':one': { N: '1' } });
    expect((await client.send(command)).Attributes).toBeUndefined();
    const all = new UpdateItemCommand({ ...command.input, ReturnValues: 'ALL_NEW' });
    expect((await client.send(all)).Attributes).toEqual({ ...KEY, a: { N: '2' } });
    const updated = new UpdateItemCommand({ ...command.input, ReturnValues: 'UPDATED_OLD' });
    expect((await client.send(updated)).Attributes).toEqual({ a: { N: '2' } });
  });
});

describe('write units', () => {
  it('are one per started KB of the larger of the item before and after', async () => {
    expect(await unitsOf(() => client.send(update('SET a = :a', { ':a': { S: 'x' } })))).toEqual({ [TABLE]: 1 });
    expect(await unitsOf(() => client.send(update('SET a = :a', { ':a': { S: 'é'.repeat(1200) } })))).toEqual({
      [TABLE]: 3,
    });
    expect(await unitsOf(() => client.send(update('REMOVE a')))).toEqual({ [TABLE]: 3 });
    expect(await unitsOf(() => client.send(new DeleteItemCommand({ TableName: TABLE, Key: KEY })))).toEqual({
      [TABLE]: 1,
    });
    expect(await unitsOf(() => client.send(new DeleteItemCommand({ TableName: TABLE, Key: KEY })))).toEqual({
      [TABLE]: 1,
    });
  });

  it('count the index when an entry appears, moves or disappears, and not otherwise', async () => {
    const index = `${TABLE}/${INDEX}`;
    const enter = update('SET unfinished_stream = :s, unfinished_since = :t', {
      ':s': { S: 'main' },
      ':t': { S: '1' },
    });
    expect(await unitsOf(() => client.send(enter))).toEqual({ [TABLE]: 1, [index]: 1 });
    expect(await unitsOf(() => client.send(enter))).toEqual({ [TABLE]: 1 });
    expect(await unitsOf(() => client.send(update('SET colour = :o', { ':o': { S: 'x' } })))).toEqual({ [TABLE]: 1 });
    expect(await unitsOf(() => client.send(update('SET unfinished_since = :t', { ':t': { S: '2' } })))).toEqual({
      [TABLE]: 1,
      [index]: 2,
    });
    expect(await unitsOf(() => client.send(update('REMOVE unfinished_since')))).toEqual({ [TABLE]: 1, [index]: 1 });
    expect(dynamo.meter.writeUnitsByKind.snapshot()).toEqual({ partition: 5, [`partition/${INDEX}`]: 4 });
  });

  it('are billed for a refused write too, by the size of the item that is there', async () => {
    await client.send(update('SET a = :a', { ':a': { S: 'x'.repeat(2500) } }));
    const refused = () =>
      client.send(update('SET b = :b', { ':b': { S: 'x' } }, 'attribute_not_exists(pk)')).catch(() => undefined);
    expect(await unitsOf(refused)).toEqual({ [TABLE]: 3 });
  });

  it('count each item of a batch', async () => {
    const puts = Array.from({ length: 25 }, (_, n) => ({
      PutRequest: { Item: { pk: { S: 'p' }, sk: { S: `run#${n}` } } },
    }));
    const batch = new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } });
    expect(await unitsOf(() => client.send(batch))).toEqual({ [TABLE]: 25 });
    expect(dynamo.meter.writeUnitsByKind.of('run')).toBe(25);
  });

  it('are told to a caller who asks, the index apart', async () => {
    const command = update('SET unfinished_stream = :s, unfinished_since = :t', {
      ':s': { S: 'main' },
      ':t': { S: '1' },
    });
    const asking = new UpdateItemCommand({ ...command.input, ReturnConsumedCapacity: 'INDEXES' });
    expect((await client.send(asking)).ConsumedCapacity).toEqual({
      TableName: TABLE,
      CapacityUnits: 2,
      Table: { CapacityUnits: 1 },
      GlobalSecondaryIndexes: { [INDEX]: { CapacityUnits: 1 } },
    });
    expect((await client.send(command)).ConsumedCapacity).toBeUndefined();
  });
});

describe('read units', () => {
  it('are counted per 4 KB, halved when eventually consistent, by table and by index', async () => {
    const item = {
      ...KEY,
      unfinished_stream: { S: 'main' },
      unfinished_since: { S: '1' },
      body: { S: 'x'.repeat(5000) },
    };
    await client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
    const got = await client.send(new GetItemCommand({ TableName: TABLE, Key: KEY, ConsistentRead: true }));
    expect(got.ConsumedCapacity).toBeUndefined();
    expect(dynamo.meter.readUnits.snapshot()).toEqual({ [TABLE]: 2 });
    await client.send(new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: [KEY] } } }));
    expect(dynamo.meter.readUnits.snapshot()).toEqual({ [TABLE]: 3 });
    const query = new QueryCommand({
      TableName: TABLE,
      IndexName: INDEX,
      KeyConditionExpression: 'unfinished_stream = :s',
      ExpressionAttributeValues: { ':s': { S: 'main' } },
    });
    expect((await client.send(query)).Items).toEqual([
      { ...KEY, unfinished_stream: { S: 'main' }, unfinished_since: { S: '1' } },
    ]);
    expect(dynamo.meter.readUnits.of(`${TABLE}/${INDEX}`)).toBe(0.5);
  });

  it('are half a unit for a query that finds nothing', async () => {
    const values = { ':p': { S: 'nobody' } };
    const query = { TableName: TABLE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: values };
    await client.send(new QueryCommand(query));
    expect(dynamo.meter.readUnits.of(TABLE)).toBe(0.5);
  });
});

describe('settings', () => {
  it('delete expired items when swept, unbilled, and keep those that are not', async () => {
    const specification = { Enabled: true, AttributeName: 'expires_at' };
    await client.send(new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification: specification }));
    const described = await client.send(new DescribeTimeToLiveCommand({ TableName: TABLE }));
    expect(described.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' });
    for (const [sk, expires] of [
      ['old', '1000'],
      ['new', '3000'],
      ['text', undefined],
    ] as const) {
      const expiry = expires === undefined ? { S: 'never' } : { N: expires };
      await client.send(
        new PutItemCommand({ TableName: TABLE, Item: { pk: { S: 'p' }, sk: { S: sk }, expires_at: expiry } }),
      );
    }
    expect(await unitsOf(() => dynamo.sweep(2_000_000))).toEqual({});
    expect(await dynamo.sweep(2_000_000)).toBe(0);
    const left = await client.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'p' } },
      }),
    );
    expect(left.Items?.map((item) => item.sk?.S)).toEqual(['new', 'text']);
  });

  it('remember that a table is backed up', async () => {
    const specification = { PointInTimeRecoveryEnabled: true };
    await client.send(
      new UpdateContinuousBackupsCommand({ TableName: TABLE, PointInTimeRecoverySpecification: specification }),
    );
    const described = await client.send(new DescribeContinuousBackupsCommand({ TableName: TABLE }));
    expect(described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
      'ENABLED',
    );
    await expect(client.send(new DescribeTimeToLiveCommand({ TableName: 'nobody' }))).rejects.toThrow('not found');
  });
});

describe('faults', () => {
  it('throttle as often as ordered, only the operation that is named, and apply nothing', async () => {
    dynamo.faults.next({ operation: 'UpdateItem', error: 'ProvisionedThroughputExceededException', count: 2 });
    const get = new GetItemCommand({ TableName: TABLE, Key: KEY });
    expect((await client.send(get)).Item).toBeUndefined();
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(client.send(update('SET a = :a', { ':a': { S: 'x' } }))).rejects.toMatchObject({
        name: 'ProvisionedThroughputExceededException',
      });
    expect((await client.send(get)).Item).toBeUndefined();
    await client.send(update('SET a = :a', { ':a': { S: 'x' } }));
  });

  it('apply a write and answer 500, so that the retry meets its own write', async () => {
    const retrying = clientOf(dynamo, 3);
    dynamo.faults.next({ operation: 'UpdateItem', error: 'InternalServerError', applied: true });
    const attempt = retrying.send(update('SET holder = :o', { ':o': { S: 'me' } }, 'attribute_not_exists(holder)'));
    await expect(attempt).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { holder: { S: 'me' } },
    });
    dynamo.faults.next({ error: 'drop', match: (input) => input.TableName === TABLE });
    expect((await retrying.send(new GetItemCommand({ TableName: TABLE, Key: KEY }))).Item?.holder).toEqual({ S: 'me' });
    expect(dynamo.faults.left).toBe(0);
    retrying.destroy();
  });
});

describe('persistence', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tidemark-dynamodb-'));
  });

  afterEach(() => rm(dataDir, { recursive: true }));

  async function withService<Result>(use: (persistent: DynamoDBClient) => Promise<Result>): Promise<Result> {
    const service = await startEmbeddedDynamoDb({ dataDir });
    const persistent = clientOf(service);
    try {
      return await use(persistent);
    } finally {
      persistent.destroy();
      await service.close();
    }
  }

  it('keeps tables and items over a restart when it has a directory', async () => {
    await withService(async (persistent) => {
      await persistent.send(CREATE_TABLE);
      await persistent.send(new PutItemCommand({ TableName: TABLE, Item: KEY }));
    });
    const get = new GetItemCommand({ TableName: TABLE, Key: KEY });
    expect((await withService((persistent) => persistent.send(get))).Item).toEqual(KEY);
  });

  it('leaves a table usable when it is closed right after creating it', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `${TABLE}-${index}`);
    for (const TableName of names)
      await withService((persistent) => persistent.send(new CreateTableCommand({ ...CREATE_TABLE.input, TableName })));
    const states = await withService((persistent) =>
      Promise.all(names.map((TableName) => persistent.send(new DescribeTableCommand({ TableName })))),
    );
    expect(states.map(({ Table }) => Table?.TableStatus)).toEqual(names.map(() => 'ACTIVE'));
  });

  it('says that another program has the directory, and leaves it to that', async () => {
    await withService(async (persistent) => {
      await expect(startEmbeddedDynamoDb({ dataDir })).rejects.toThrow(
        `${dataDir}: another program keeps its tables there`,
      );
      await persistent.send(CREATE_TABLE);
    });
  });

  it('says that a directory is none', async () => {
    const path = join(dataDir, 'file');
    await writeFile(path, 'a text');
    await expect(startEmbeddedDynamoDb({ dataDir: path })).rejects.toThrow(`${path}: tables cannot be kept there`);
    await rm(path);
  });

  it('ends what is under way before it closes, and answers nobody after', async () => {
    const engine = await DynaliteEngine.open(dataDir);
    await engine.call('CreateTable', { ...CREATE_TABLE.input });
    const put = (): Promise<AwsAnswer> => engine.call('PutItem', { TableName: TABLE, Item: KEY });
    await expect.poll(async () => (await put()).status).toBe(200);
    const underWay = Array.from({ length: 50 }, put);
    await engine.close();
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual(underWay.map(() => 200));
    expect((await put()).status).toBe(503);
  });
});
