import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LANES, type Lane } from '../../domain/task.ts';
import type { OutgoingTask, TaskQueue } from '../../ports/task-queue.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { cutBatches } from './message-batches.ts';
import { encodeTask } from './task-codec.ts';

/** The queue of each lane. */
export type QueueUrls = Readonly<Record<Lane, string>>;

interface Message {
  readonly outgoing: OutgoingTask;
  readonly body: string;
}

const MAX_DELAY_SECONDS = 900;
/** Batches of one lane under way at once: ten thousand messages take seconds, and no connection waits for long. */
const AT_ONCE = 8;

/** Tasks as messages of the lanes' queues. */
export class SqsTaskQueue implements TaskQueue {
  readonly #client: SQSClient;
  readonly #urls: QueueUrls;
  readonly #telemetry: Pick<Telemetry, 'log'> | undefined;

  /** @param telemetry is told why messages could not be sent; the caller learns which */
  constructor(client: SQSClient, urls: QueueUrls, telemetry?: Pick<Telemetry, 'log'>) {
    this.#client = client;
    this.#urls = urls;
    this.#telemetry = telemetry;
  }

  async send(tasks: readonly OutgoingTask[]): Promise<readonly OutgoingTask[]> {
    const unsent: OutgoingTask[] = [];
    for (const lane of LANES) {
      const messages = tasks
        .filter((outgoing) => outgoing.lane === lane)
        .map((outgoing) => ({ outgoing, body: encodeTask(outgoing.task) }));
      const failed = await this.#sendAll(lane, messages);
      const stillFailed = await this.#sendAll(lane, failed);
      unsent.push(...stillFailed.map(({ outgoing }) => outgoing));
    }
    return unsent;
  }

  /** @returns what failed */
  async #sendAll(lane: Lane, messages: readonly Message[]): Promise<readonly Message[]> {
    const failed: Message[] = [];
    const batches = cutBatches(messages, ({ body }) => Buffer.byteLength(body)).values();
    const worker = async (): Promise<void> => {
      for (const batch of batches) failed.push(...(await this.#sendBatch(lane, batch)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return failed;
  }

  async #sendBatch(lane: Lane, batch: readonly Message[]): Promise<readonly Message[]> {
    const command = new SendMessageBatchCommand({
      QueueUrl: this.#urls[lane],
      Entries: batch.map(({ outgoing, body }, index) => ({
        Id: String(index),
        MessageBody: body,
        ...(outgoing.delayMs === undefined ? {} : { DelaySeconds: delaySeconds(outgoing.delayMs) }),
      })),
    });
    try {
      const { Successful = [], Failed = [] } = await this.#client.send(command);
      // Only what is acknowledged counts as sent.
      const sent = new Set(Successful.map(({ Id }) => Id));
      const unsent = batch.filter((_, index) => !sent.has(String(index)));
      if (unsent.length > 0) this.#report(lane, unsent, Failed[0]?.Code);
      return unsent;
    } catch (error) {
      this.#report(lane, batch, error instanceof Error ? error.name : undefined);
      return batch;
    }
  }

  #report(lane: Lane, unsent: readonly Message[], reason = 'unknown'): void {
    this.#telemetry?.log('warn', 'messages could not be sent', { lane, messages: unsent.length, reason });
  }
}

function delaySeconds(delayMs: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delayMs / 1_000)));
}
