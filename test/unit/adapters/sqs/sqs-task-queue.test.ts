import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../../../infra/local/services/sqs/embedded-sqs.ts';
import { SqsTaskQueue } from '../../../../lib/adapters/sqs/sqs-task-queue.ts';
import type { OutgoingTask } from '../../../../lib/ports/task-queue.ts';
import { apply } from '../../../contract/task-queue.contract.ts';
import { InMemoryTelemetry } from '../../../fakes/in-memory-telemetry.ts';

let sqs: EmbeddedSqs;
let client: SQSClient;
let url: string;

const outgoing = (changes: Partial<OutgoingTask> = {}): OutgoingTask => ({
  task: apply('H4sI'),
  lane: 'scheduled',
  ...changes,
});

beforeAll(async () => {
  sqs = await startEmbeddedSqs({ region: 'eu-central-1' });
  url = (await sqs.createQueue('tasks')).url;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new SQSClient({ region: 'eu-central-1', endpoint: sqs.url, credentials, maxAttempts: 1 });
});
beforeEach(() => sqs.faults.clear());
afterAll(async () => {
  client.destroy();
  await sqs.close();
});

describe('SqsTaskQueue', () => {
  const telemetry = new InMemoryTelemetry();
  const open = () => new SqsTaskQueue(client, { priority: url, scheduled: url, imports: url, slow: url }, telemetry);

  async function waiting(attribute = 'ApproximateNumberOfMessages'): Promise<number> {
    const { Attributes } = await sqs.call('test', 'GetQueueAttributes', { QueueUrl: url, AttributeNames: [attribute] });
    return Number(Object.entries(Attributes ?? {})[0]?.[1]);
  }

  it('tries what failed once more', async () => {
    const before = await waiting();
    sqs.faults.next({ operation: 'SendMessageBatch', error: 'RequestThrottled' });
    expect(await open().send([outgoing(), outgoing()])).toEqual([]);
    expect((await waiting()) - before).toBe(2);
  });

  it('gives back what could not be sent, and says why', async () => {
    sqs.faults.next({ operation: 'SendMessageBatch', error: 'AccessDeniedException', count: 2 });
    const tasks = [outgoing(), outgoing()];
    expect(await open().send(tasks)).toEqual(tasks);
    expect(sqs.faults.left).toBe(0);
    expect(telemetry.logs.at(-1)).toMatchObject({
      level: 'warn',
      fields: { messages: 2, reason: 'AccessDeniedException' },
    });
  });

  it('gives back only the task that is too large, and sends its neighbours', async () => {
    const before = await waiting();
    const huge = outgoing({ task: apply('A'.repeat(1_100_000)) });
    expect(await open().send([outgoing(), huge, outgoing()])).toEqual([huge]);
    expect((await waiting()) - before).toBe(2);
  });

  it('delays by whole seconds, rounded up, and by no more than SQS takes', async () => {
    const before = await waiting('ApproximateNumberOfMessagesDelayed');
    const tasks = [outgoing({ delayMs: 1 }), outgoing({ delayMs: 5_000_000 }), outgoing({ delayMs: 0 })];
    expect(await open().send(tasks)).toEqual([]);
    expect((await waiting('ApproximateNumberOfMessagesDelayed')) - before).toBe(2);
  });
});
