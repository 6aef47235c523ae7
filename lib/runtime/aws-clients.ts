import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SsmApi } from '../adapters/ssm/ssm-api.ts';
import { readAwsAccess } from '../config/read-environment.ts';

/** Every wait has an end: the SDK's own defaults wait for ever. */
const BOUNDED = { maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } } as const;

export function createDynamoClient(): DynamoDBClient {
  return new DynamoDBClient(BOUNDED);
}

export function createSqsClient(): SQSClient {
  return new SQSClient(BOUNDED);
}

export function createSsmApi(): SsmApi {
  const { region, ssmEndpoint, ...credentials } = readAwsAccess();
  return new SsmApi({ endpoint: ssmEndpoint ?? `https://ssm.${region}.amazonaws.com`, region, ...credentials });
}
