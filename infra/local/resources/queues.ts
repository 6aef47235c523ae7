import * as z from 'zod';
import type { EmbeddedSqs } from '../services/sqs/embedded-sqs.ts';
import type { Deployment } from '../template/deployment.ts';

const number = z.exactOptional(z.coerce.number());

const queueSchema = z.object({
  VisibilityTimeout: number,
  MessageRetentionPeriod: number,
  DelaySeconds: number,
  ReceiveMessageWaitTimeSeconds: number,
  RedrivePolicy: z.exactOptional(z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() })),
  FifoQueue: z.exactOptional(z.never('FIFO queues are not supported by the local host')),
});

/**
 * Creates the queues of the templates, dead-letter queues first: others refer to them.
 * @returns their URLs
 */
export async function createQueues(deployment: Deployment, sqs: EmbeddedSqs): Promise<readonly string[]> {
  const declared = deployment.declared('AWS::SQS::Queue', queueSchema);
  const inOrder = declared.toSorted(
    (a, b) => Number('RedrivePolicy' in a.properties) - Number('RedrivePolicy' in b.properties),
  );
  const urls: string[] = [];
  for (const { resource, properties } of inOrder) {
    const { RedrivePolicy, ...numbers } = properties;
    const attributes = Object.entries(numbers).map(([name, value]) => [name, String(value)]);
    const { ref, attributes: names } = deployment.physical(resource);
    const queue = await sqs.createQueue(names.QueueName ?? '', {
      ...Object.fromEntries(attributes),
      ...(RedrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
    });
    if (queue.url !== ref || queue.arn !== names.Arn) throw new Error(`the queue ${ref} was created as ${queue.url}`);
    urls.push(queue.url);
  }
  return urls;
}
