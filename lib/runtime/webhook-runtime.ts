import { DynamoDeliveryMarks } from '../adapters/dynamodb/dynamo-delivery-marks.ts';
import { DynamoHintInbox } from '../adapters/dynamodb/dynamo-hint-inbox.ts';
import { SqsTaskQueue } from '../adapters/sqs/sqs-task-queue.ts';
import { SsmParameters } from '../adapters/ssm/ssm-parameters.ts';
import { SystemClock } from '../adapters/system/system-clock.ts';
import { PowertoolsTelemetry } from '../adapters/telemetry/powertools-telemetry.ts';
import { readEnvironment } from '../config/read-environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Connections } from '../ports/connections.ts';
import type { WebhookReader } from '../ports/source.ts';
import { WEBHOOK_READERS } from '../sources/webhook-readers.ts';
import type { AcceptPorts } from '../sync/accept-hints.ts';
import { createDynamoClient, createSqsClient, createSsmApi } from './aws-clients.ts';

/** What taking webhooks needs: no source is asked here, and the cache is not touched. */
export interface WebhookRuntime extends AcceptPorts {
  readonly connections: Connections;
  readonly readers: ReadonlyMap<string, WebhookReader>;
  readonly clock: Clock;
  readonly telemetry: PowertoolsTelemetry;
}

export function createWebhookRuntime(service: string): WebhookRuntime {
  const { tableName, parameterPrefix, priorityQueueUrl, ...environment } = readEnvironment();
  const clock = new SystemClock();
  const telemetry = new PowertoolsTelemetry(service);
  const dynamo = createDynamoClient();
  const queueUrls = {
    priority: priorityQueueUrl,
    scheduled: environment.scheduledQueueUrl,
    imports: environment.importsQueueUrl,
    slow: environment.slowQueueUrl,
  };
  return {
    connections: new SsmParameters(createSsmApi(), parameterPrefix, clock),
    readers: WEBHOOK_READERS,
    marks: new DynamoDeliveryMarks(dynamo, tableName, clock),
    hints: new DynamoHintInbox(dynamo, tableName, clock),
    queue: new SqsTaskQueue(createSqsClient(), queueUrls, telemetry),
    clock,
    telemetry,
  };
}
