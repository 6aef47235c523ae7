import * as z from 'zod';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { EmbeddedSqs } from '../services/sqs/embedded-sqs.ts';
import type { Deployment } from '../template/deployment.ts';
import { EventSourceMapping } from './event-source-mapping.ts';

const propertiesSchema = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z._default(z.boolean(), true),
  BatchSize: z._default(z.coerce.number(), 10),
  MaximumBatchingWindowInSeconds: z._default(z.coerce.number(), 0),
  ScalingConfig: z._default(z.object({ MaximumConcurrency: z.optional(z.coerce.number()) }), {}),
  FunctionResponseTypes: z._default(z.array(z.string()), []),
  FilterCriteria: z.optional(z.never('filters are not supported by the local host')),
});

/** Lambda's pollers begin with five invocations at once. */
const DEFAULT_CONCURRENCY = 5;

export interface EventSourceOptions {
  readonly deployment: Deployment;
  readonly sqs: EmbeddedSqs;
  /** By ARN or name. */
  readonly poolOf: (functionName: string) => FunctionPool;
  readonly onProblem: (problem: string) => void;
  /** Of every mapping; see `EventSource`. */
  readonly redeliverySeconds: number | undefined;
}

/** All event source mappings of the templates, not yet polling. */
export function eventSourceMappings(options: EventSourceOptions): readonly EventSourceMapping[] {
  const { deployment, sqs, poolOf, onProblem, redeliverySeconds } = options;
  const queueUrls = new Map(
    deployment.declared('AWS::SQS::Queue', z.unknown()).map(({ resource }) => {
      const { ref, attributes } = deployment.physical(resource);
      return [attributes.Arn, ref] as const;
    }),
  );
  return deployment
    .declared('AWS::Lambda::EventSourceMapping', propertiesSchema)
    .filter(({ properties }) => properties.Enabled)
    .map(({ resource, properties }) => {
      const queueUrl = queueUrls.get(properties.EventSourceArn);
      if (queueUrl === undefined) throw new Error(`${resource.logicalId} reads from something that is no queue`);
      const source = {
        queueUrl,
        queueArn: properties.EventSourceArn,
        region: deployment.region,
        batchSize: properties.BatchSize,
        batchingWindowMs: properties.MaximumBatchingWindowInSeconds * 1_000,
        maximumConcurrency: properties.ScalingConfig.MaximumConcurrency ?? DEFAULT_CONCURRENCY,
        partialResponses: properties.FunctionResponseTypes.includes('ReportBatchItemFailures'),
        redeliverySeconds,
      };
      return new EventSourceMapping(source, sqs, poolOf(properties.FunctionName), onProblem);
    });
}
