import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { objectsOf } from '../../../infra/local/services/json.ts';
import { type EmbeddedSqs, type Queue, startEmbeddedSqs } from '../../../infra/local/services/sqs/embedded-sqs.ts';
import { FUNCTIONS } from '../../../infra/local/services/sqs/request-meter.ts';

let sqs: EmbeddedSqs;
let client: SQSClient;
let queue: Queue;
let queues = 0;

beforeAll(async () => {
  sqs = await startEmbeddedSqs({ region: 'eu-central-1' });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  // As a deployed function makes it, without an endpoint: the client calls the host that the queue's URL names.
  client = new SQSClient({ region: 'eu-central-1', credentials, maxAttempts: 1 });
});

beforeEach(async () => {
  queues += 1;
  queue = await sqs.createQueue(`queue-${queues}`, { VisibilityTimeout: '30' });
});

afterAll(async () => {
  client.destroy();
  await sqs.close();
});

function receive(from: Queue = queue, waitSeconds = 0) {
  return client.send(
    new ReceiveMessageCommand({
      QueueUrl: from.url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
}

async function billedBy(action: () => Promise<unknown>): Promise<number> {
  const before = sqs.meter.billedTo(FUNCTIONS);
  await action();
  return sqs.meter.billedTo(FUNCTIONS) - before;
}

describe('queues', () => {
  it('live on the loopback interface, with an ARN of the region', () => {
    expect(queue.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/queue-\d+$/);
    expect(queue.arn).toMatch(/^arn:aws:sqs:eu-central-1:000000000000:queue-\d+$/);
  });

  it('carry messages with their attributes, and forget those that are deleted', async () => {
    const attributes = { priority: { DataType: 'String', StringValue: 'force' } };
    const send = { QueueUrl: queue.url, MessageBody: '{"é":1}', MessageAttributes: attributes };
    await client.send(new SendMessageCommand(send));
    const { Messages = [] } = await receive();
    expect(Messages).toHaveLength(1);
    expect(Messages[0]).toMatchObject({ Body: '{"é":1}', MessageAttributes: attributes });
    expect(Messages[0]?.Attributes?.ApproximateReceiveCount).toBe('1');
    const entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }));
    const counters = { QueueUrl: queue.url, AttributeNames: ['All' as const] };
    const { Attributes } = await client.send(new GetQueueAttributesCommand(counters));
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('wake a waiting receiver when a message arrives', async () => {
    const waiting = receive(queue, 5);
    await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' }));
    expect((await waiting).Messages).toHaveLength(1);
  });

  it('hand a message on to the dead-letter queue after its receives, which then tells where it came from', async () => {
    const redrive = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queue.arn, maxReceiveCount: 2 }) };
    const source = await sqs.createQueue(`source-${queues}`, redrive);
    await client.send(new SendMessageCommand({ QueueUrl: source.url, MessageBody: 'poison' }));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const [message] = (await receive(source)).Messages ?? [];
      const again = { QueueUrl: source.url, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 };
      await client.send(new ChangeMessageVisibilityCommand(again));
    }
    expect((await receive(source)).Messages ?? []).toHaveLength(0);
    const set = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queue.url, MessageSystemAttributeNames: ['DeadLetterQueueSourceArn'] }),
    );
    const Attributes = { DeadLetterQueueSourceArn: source.arn };
    expect(set.Messages).toEqual([expect.objectContaining({ Body: 'poison', Attributes })]);
  });

  it('refuse a delay above 15 minutes', async () => {
    const tooLong = { QueueUrl: queue.url, MessageBody: 'x', DelaySeconds: 901 };
    await expect(client.send(new SendMessageCommand(tooLong))).rejects.toThrow('DelaySeconds');
    const entries = [{ Id: '0', MessageBody: 'x', DelaySeconds: 901 }];
    const batch = new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries });
    await expect(client.send(batch)).rejects.toThrow('DelaySeconds');
  });
});

describe('queues that delay nothing for long', () => {
  it('show messages after their own delay, and sooner when that is longer', async () => {
    const hasty = await startEmbeddedSqs({ region: 'eu-west-1', longestDelaySeconds: 0 });
    const { url: QueueUrl } = await hasty.createQueue('hasty');
    await hasty.call('test', 'SendMessage', { QueueUrl, MessageBody: 'one', DelaySeconds: 900 });
    const Entries = [{ Id: '0', MessageBody: 'two', DelaySeconds: 60 }];
    await hasty.call('test', 'SendMessageBatch', { QueueUrl, Entries });
    const { Messages } = await hasty.call('test', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
    await hasty.close();
    expect(objectsOf(Messages).map(({ Body }) => Body)).toEqual(['one', 'two']);
  });
});

describe('billing', () => {
  it('counts a request for each started 64 KB, sent or received', async () => {
    const sendOf = (bytes: number) =>
      client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x'.repeat(bytes) }));
    expect(await billedBy(() => sendOf(10))).toBe(1);
    expect(await billedBy(() => sendOf(65_536))).toBe(1);
    expect(await billedBy(() => sendOf(65_537))).toBe(2);
    expect(await billedBy(() => receive())).toBe(3);
    expect(await billedBy(() => receive())).toBe(1);
  });

  it('counts a batch by all its messages together', async () => {
    const entries = Array.from({ length: 10 }, (_, index) => ({
      Id: String(index),
      MessageBody: 'x'.repeat(48 * 1024),
    }));
    const batch = new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries });
    expect(await billedBy(() => client.send(batch))).toBe(8);
  });

  it('keeps the requests of the host apart from those of the functions', async () => {
    await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' }));
    const pollers = sqs.meter.billedTo('pollers');
    const polled = await billedBy(async () => {
      const { Messages } = await sqs.call('pollers', 'ReceiveMessage', { QueueUrl: queue.url });
      expect(Messages).toHaveLength(1);
    });
    expect(polled).toBe(0);
    expect(sqs.meter.billedTo('pollers')).toBe(pollers + 1);
    expect(sqs.meter.requests.of('host/CreateQueue')).toBe(queues + 1);
  });
});

describe('faults', () => {
  it('fail the operation they name, before or after it took effect', async () => {
    const send = new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' });
    sqs.faults.next({ operation: 'SendMessage', error: 'RequestThrottled' });
    await expect(client.send(send)).rejects.toMatchObject({ name: 'RequestThrottled' });
    sqs.faults.next({ operation: 'SendMessage', error: 'drop' });
    await expect(client.send(send)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await receive()).Messages ?? []).toHaveLength(0);
    sqs.faults.next({ operation: 'SendMessage', error: 'ServiceUnavailable', applied: true });
    await expect(client.send(send)).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    sqs.faults.next({ operation: 'SendMessage', error: 'drop', applied: true });
    await expect(client.send(send)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await receive()).Messages).toHaveLength(2);
  });
});

describe('call', () => {
  it('names what was refused and why', async () => {
    const send = sqs.call('host', 'SendMessage', { QueueUrl: `${queue.url}-nobody`, MessageBody: 'x' });
    await expect(send).rejects.toThrow(/^SendMessage was refused: .*QueueDoesNotExist/);
  });

  it('ends at once when the service closes while a receiver waits', async () => {
    const service = await startEmbeddedSqs({ region: 'eu-central-1' });
    const { url } = await service.createQueue('waiting');
    const waiting = service
      .call('pollers', 'ReceiveMessage', { QueueUrl: url, WaitTimeSeconds: 20 })
      .catch(() => 'ended');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = performance.now();
    await service.close();
    await waiting;
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('ends when its caller gives up', async () => {
    const stop = new AbortController();
    const waiting = sqs.call('pollers', 'ReceiveMessage', { QueueUrl: queue.url, WaitTimeSeconds: 20 }, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
    await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' }));
    const { Messages } = await receive();
    await client.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: Messages?.[0]?.ReceiptHandle }));
  });
});
