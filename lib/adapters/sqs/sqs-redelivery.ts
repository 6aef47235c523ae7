import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Delivery, Redelivery } from '../../ports/redelivery.ts';
import { answered } from './queue-failure.ts';
import type { QueueUrls } from './sqs-task-queue.ts';

/** What SQS allows. */
const LONGEST_SECONDS = 43_200;

/**
 * Changes how long messages stay invisible. Lambda itself never does: it deletes what was done and leaves the rest as it
 * is, so nothing undoes the change.
 */
export class SqsRedelivery implements Redelivery {
  readonly #client: SQSClient;
  readonly #urls: QueueUrls;

  constructor(client: SQSClient, urls: QueueUrls) {
    this.#client = client;
    this.#urls = urls;
  }

  async comeBackAfter({ lane, receipt }: Delivery, delayMs: number): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: this.#urls[lane],
      ReceiptHandle: receipt,
      VisibilityTimeout: Math.min(LONGEST_SECONDS, Math.max(0, Math.ceil(delayMs / 1_000))),
    });
    await answered('ChangeMessageVisibility', this.#client.send(command));
  }
}
