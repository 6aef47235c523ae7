import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { EPOCH, type Instant, instantFromMs } from '../../domain/instant.ts';
import { answered } from './queue-failure.ts';

/** A message on the dead-letter queue, as it was received just now. */
export interface Letter {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly sentAt: Instant;
  /** Name of the queue that set it aside; absent for a message that was sent here directly. */
  readonly from?: string;
}

/** SQS gives and takes ten messages at once. */
const MOST_AT_ONCE = 10;

const COUNTERS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** The requests to the dead-letter queue. All throw QueueFailure when it does not answer. */
export class DeadLetterQueue {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  /** All there are, whoever looks at them; approximate. */
  async count(): Promise<number> {
    const command = new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: [...COUNTERS] });
    const { Attributes = {} } = await answered('GetQueueAttributes', this.#client.send(command));
    return COUNTERS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }

  /** Up to ten, hidden from others for so long. Waiting a second asks all of SQS's servers instead of a sample. */
  async receive(hiddenSeconds: number, waitSeconds: number): Promise<readonly Letter[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: MOST_AT_ONCE,
      VisibilityTimeout: hiddenSeconds,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['SentTimestamp', 'DeadLetterQueueSourceArn'],
    });
    const { Messages = [] } = await answered('ReceiveMessage', this.#client.send(command));
    return Messages.map(letterOf);
  }

  /** Shows messages to others again. What that fails for shows up by itself when its time is over. */
  async release(letters: readonly Letter[]): Promise<void> {
    for (const batch of tens(letters)) {
      const Entries = batch.map(({ receipt }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: 0,
      }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries });
      await answered('ChangeMessageVisibilityBatch', this.#client.send(command));
    }
  }

  /** @returns those that are deleted for certain */
  async remove(letters: readonly Letter[]): Promise<readonly Letter[]> {
    const removed: Letter[] = [];
    for (const batch of tens(letters)) {
      const Entries = batch.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
      const command = new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries });
      const { Successful = [] } = await answered('DeleteMessageBatch', this.#client.send(command));
      const deleted = new Set(Successful.map(({ Id }) => Id));
      removed.push(...batch.filter((_, index) => deleted.has(String(index))));
    }
    return removed;
  }
}

function letterOf({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message): Letter {
  const sentMs = Number(Attributes.SentTimestamp);
  const from = Attributes.DeadLetterQueueSourceArn?.split(':').at(-1);
  return {
    id: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    sentAt: Number.isFinite(sentMs) ? instantFromMs(sentMs) : EPOCH,
    ...(from !== undefined && { from }),
  };
}

function tens<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / MOST_AT_ONCE) }, (_, index) =>
    items.slice(index * MOST_AT_ONCE, (index + 1) * MOST_AT_ONCE),
  );
}
