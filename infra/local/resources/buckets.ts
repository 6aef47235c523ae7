import * as z from 'zod';
import type { EmbeddedS3 } from '../services/s3/embedded-s3.ts';
import type { Deployment } from '../template/deployment.ts';

/** Creates the buckets of the templates. @returns their names */
export function createBuckets(deployment: Deployment, s3: EmbeddedS3): readonly string[] {
  const names = deployment
    .declared('AWS::S3::Bucket', z.object({}))
    .map(({ resource }) => deployment.physical(resource).ref);
  for (const name of names) s3.createBucket(name);
  return names;
}
