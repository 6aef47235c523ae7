import { SQSClient } from '@aws-sdk/client-sqs';
import { objectOf, objectsOf, textOf } from '../../infra/local/services/json.ts';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../infra/local/services/sqs/embedded-sqs.ts';
import type { QueueUrls } from '../../lib/adapters/sqs/sqs-task-queue.ts';
import { decodeTask } from '../../lib/adapters/sqs/task-codec.ts';
import type { Lane, Task } from '../../lib/domain/task.ts';
import type { Delivery } from '../../lib/ports/redelivery.ts';

/** Both lanes and their dead-letter queue on an embedded service of their own; a message is set aside at its second receive. */
export class SqsLanes {
  readonly sqs: EmbeddedSqs;
  readonly client: SQSClient;
  readonly urls: QueueUrls;
  readonly deadLetterUrl: string;

  private constructor(sqs: EmbeddedSqs, urls: QueueUrls, deadLetterUrl: string) {
    this.sqs = sqs;
    this.urls = urls;
    this.deadLetterUrl = deadLetterUrl;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.client = new SQSClient({ region: 'eu-central-1', endpoint: sqs.url, credentials, maxAttempts: 1 });
  }

  static async open(): Promise<SqsLanes> {
    const sqs = await startEmbeddedSqs({ region: 'eu-central-1' });
    const deadLetters = await sqs.createQueue('dead-letters');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 1 });
    const lane = async (name: string) => (await sqs.createQueue(name, { RedrivePolicy })).url;
    return new SqsLanes(
      sqs,
      {
        priority: await lane('priority'),
        scheduled: await lane('scheduled'),
        imports: await lane('imports'),
        slow: await lane('slow'),
      },
      deadLetters.url,
    );
  }

  async send(url: string, MessageBody: string): Promise<string> {
    return textOf((await this.sqs.call('test', 'SendMessage', { QueueUrl: url, MessageBody })).MessageId);
  }

  /** Sends a message and has the lane's redrive policy set it aside. @returns its id */
  async setAside(lane: Lane, body: string): Promise<string> {
    const id = await this.send(this.urls[lane], body);
    for (let receive = 0; receive < 2; receive += 1) {
      await this.sqs.call('test', 'ReceiveMessage', { QueueUrl: this.urls[lane], VisibilityTimeout: 0 });
    }
    return id;
  }

  /** Receives one message that can be seen. */
  async receive(lane: Lane, VisibilityTimeout: number): Promise<Delivery | undefined> {
    const { Messages } = await this.sqs.call('test', 'ReceiveMessage', {
      QueueUrl: this.urls[lane],
      VisibilityTimeout,
    });
    const [message] = objectsOf(Messages);
    return message && { lane, receipt: textOf(message.ReceiptHandle) };
  }

  /** Takes the tasks that wait in a lane. */
  async take(lane: Lane): Promise<readonly Task[]> {
    const QueueUrl = this.urls[lane];
    const tasks: Task[] = [];
    for (;;) {
      const { Messages } = await this.sqs.call('test', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      const Entries = objectsOf(Messages).map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      if (Entries.length === 0) return tasks;
      await this.sqs.call('test', 'DeleteMessageBatch', { QueueUrl, Entries });
      for (const { Body } of objectsOf(Messages)) {
        const task = decodeTask(textOf(Body));
        if (!('problem' in task)) tasks.push(task);
      }
    }
  }

  /** Messages on the dead-letter queue: those that can be seen, and those that are hidden. */
  async waiting(): Promise<{ readonly visible: number; readonly hidden: number }> {
    const request = { QueueUrl: this.deadLetterUrl, AttributeNames: ['All'] };
    const counters = objectOf((await this.sqs.call('test', 'GetQueueAttributes', request)).Attributes) ?? {};
    return {
      visible: Number(counters.ApproximateNumberOfMessages),
      hidden: Number(counters.ApproximateNumberOfMessagesNotVisible),
    };
  }

  async empty(): Promise<void> {
    this.sqs.faults.clear();
    for (const QueueUrl of [this.deadLetterUrl, ...Object.values(this.urls)]) {
      await this.sqs.call('test', 'PurgeQueue', { QueueUrl });
    }
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.sqs.close();
  }
}
