import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { S3ImportFiles } from '../adapters/s3/s3-import-files.ts';
import { SsmApi } from '../adapters/ssm/ssm-api.ts';
import { readAwsAccess } from '../config/read-environment.ts';
import type { Clock } from '../ports/clock.ts';

/** Every wait has an end: the SDK's own defaults wait for ever. */
const BOUNDED = { maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } } as const;

export function createDynamoClient(): DynamoDBClient {
  return new DynamoDBClient(BOUNDED);
}

export function createSqsClient(): SQSClient {
  return new SQSClient(BOUNDED);
}

export function createSsmApi(): SsmApi {
  const { region, ssmEndpoint, s3Endpoint: _, ...credentials } = readAwsAccess();
  return new SsmApi({ endpoint: ssmEndpoint ?? `https://ssm.${region}.amazonaws.com`, region, ...credentials });
}

/** An emulator knows buckets by their paths, S3 by their hosts. */
export function createImportStore(bucket: string, clock: Clock): S3ImportFiles {
  const { region, s3Endpoint, ssmEndpoint: _, ...credentials } = readAwsAccess();
  const bucketUrl =
    s3Endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com` : `${s3Endpoint}/${bucket}`;
  return new S3ImportFiles({ bucketUrl, region, ...credentials }, clock);
}
