import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

/** Every wait has an end: the SDK's own defaults wait for ever. */
const BOUNDED = { maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } } as const;

export function createDynamoClient(): DynamoDBClient {
  return new DynamoDBClient(BOUNDED);
}

export function createSqsClient(): SQSClient {
  return new SQSClient(BOUNDED);
}

export function createSsmClient(): SSMClient {
  return new SSMClient(BOUNDED);
}
