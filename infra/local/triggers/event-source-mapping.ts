import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { InvocationResult } from '../lambda/invocation.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '../services/json.ts';
import type { EmbeddedSqs } from '../services/sqs/embedded-sqs.ts';

export interface EventSource {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly maximumConcurrency: number;
  /** Whether the function answers which messages of a batch failed. */
  readonly partialResponses: boolean;
  /**
   * How soon after its batch what was left undone comes back; undefined leaves it to the visibility timeout. A shorter
   * timeout would have messages come back that a busy machine is still at work on.
   */
  readonly redeliverySeconds: number | undefined;
}

interface Message {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly record: JsonObject;
}

/** Under this name the requests of event source mappings are metered: AWS bills them like any other. */
export const EVENT_SOURCE_CALLER = 'event-source';

const LONG_POLL_SECONDS = 20;
const MOST_PER_RECEIVE = 10;
const RETRY_PAUSE_MS = 200;
const THROTTLE_PAUSE_MS = 500;
const THROTTLED_ATTEMPTS = 10;

/**
 * Polls one queue for one function. A message is deleted only when the function has answered for it; every other one
 * comes back when its visibility timeout ends, until the queue's redrive policy takes it away.
 */
export class EventSourceMapping {
  readonly #source: EventSource;
  readonly #sqs: EmbeddedSqs;
  readonly #pool: FunctionPool;
  readonly #onProblem: (problem: string) => void;
  readonly #stop = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();
  #emptyReceives = 0;

  constructor(source: EventSource, sqs: EmbeddedSqs, pool: FunctionPool, onProblem: (problem: string) => void) {
    this.#source = source;
    this.#sqs = sqs;
    this.#pool = pool;
    this.#onProblem = onProblem;
  }

  get queueUrl(): string {
    return this.#source.queueUrl;
  }

  /** Long polls that found nothing: their number says how long the host has run, not what it did. */
  get emptyReceives(): number {
    return this.#emptyReceives;
  }

  /** Batches received and not yet answered. */
  get inFlight(): number {
    return this.#batches.size;
  }

  start(): void {
    this.#polling = this.#poll();
  }

  /** Stops polling. Batches under way are left to their fate, as when a host dies. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#polling;
  }

  async #poll(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#batches.size >= this.#source.maximumConcurrency) await Promise.race(this.#batches);
      else await this.#receiveOnce();
    }
  }

  async #receiveOnce(): Promise<void> {
    try {
      const messages = await this.#collect();
      if (messages.length === 0) return;
      const batch = this.#process(messages).finally(() => this.#batches.delete(batch));
      this.#batches.add(batch);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#onProblem(`polling ${this.#source.queueArn} failed: ${messageOf(error)}`);
      await sleep(RETRY_PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** A batch: what one receive finds, or with a batching window all that arrives until it is full or the window ends. */
  async #collect(): Promise<readonly Message[]> {
    const { batchSize, batchingWindowMs } = this.#source;
    const messages = await this.#receive(batchSize, LONG_POLL_SECONDS);
    const end = Date.now() + batchingWindowMs;
    while (messages.length > 0 && messages.length < batchSize && Date.now() < end) {
      const wait = Math.min(LONG_POLL_SECONDS, Math.ceil((end - Date.now()) / 1_000));
      messages.push(...(await this.#receive(batchSize - messages.length, wait)));
    }
    return messages;
  }

  async #receive(most: number, WaitTimeSeconds: number): Promise<Message[]> {
    const request = {
      QueueUrl: this.#source.queueUrl,
      MaxNumberOfMessages: Math.min(most, MOST_PER_RECEIVE),
      WaitTimeSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    };
    const received = await this.#sqs.call(EVENT_SOURCE_CALLER, 'ReceiveMessage', request, this.#stop.signal);
    const messages = objectsOf(received.Messages).map((message) => this.#messageOf(message));
    if (messages.length === 0) this.#emptyReceives += 1;
    return messages;
  }

  #messageOf(message: JsonObject): Message {
    const { queueArn, region } = this.#source;
    const [messageId, receiptHandle] = [textOf(message.MessageId), textOf(message.ReceiptHandle)];
    const messageAttributes = Object.entries(objectOf(message.MessageAttributes) ?? {}).map(([name, value]) => {
      const { StringValue, BinaryValue, DataType } = objectOf(value) ?? {};
      return [name, { stringValue: StringValue, binaryValue: BinaryValue, dataType: DataType }];
    });
    const record = {
      messageId,
      receiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(messageAttributes),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: region,
    };
    return { messageId, receiptHandle, record };
  }

  async #process(messages: readonly Message[]): Promise<void> {
    try {
      const result = await this.#invoke({ Records: messages.map(({ record }) => record) });
      const done = this.#source.partialResponses
        ? acknowledged(messages, result)
        : result.outcome === 'succeeded'
          ? messages
          : [];
      await this.#delete(done);
      await this.#hasten(messages.filter((message) => !done.includes(message)));
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#onProblem(`a batch was not acknowledged: ${messageOf(error)}`);
    }
  }

  /** Throttled batches are tried again for a while, as the pollers of AWS do. */
  async #invoke(event: object): Promise<InvocationResult> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#pool.invoke(event);
      if (result.outcome !== 'throttled' || attempt === THROTTLED_ATTEMPTS) return result;
      await sleep(THROTTLE_PAUSE_MS, undefined, { signal: this.#stop.signal });
    }
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    for (const Entries of entriesOf(messages)) {
      await this.#sqs.call(EVENT_SOURCE_CALLER, 'DeleteMessageBatch', { QueueUrl: this.#source.queueUrl, Entries });
    }
  }

  async #hasten(messages: readonly Message[]): Promise<void> {
    const { queueUrl, redeliverySeconds } = this.#source;
    if (redeliverySeconds === undefined) return;
    for (const entries of entriesOf(messages)) {
      const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: redeliverySeconds }));
      await this.#sqs.call('host', 'ChangeMessageVisibilityBatch', { QueueUrl: queueUrl, Entries });
    }
  }
}

const partialResponse = z.nullish(
  z.object({ batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string().min(1) }))) }),
);

/**
 * The messages that need not come back, by the rules of `ReportBatchItemFailures`: no answer or an empty list means that
 * all are done; an answer of another form, or one that names a message that is not in the batch, means that none is.
 */
export function acknowledged<M extends { readonly messageId: string }>(
  messages: readonly M[],
  result: InvocationResult,
): readonly M[] {
  if (result.outcome !== 'succeeded') return [];
  const parsed = partialResponse.safeParse(result.payload);
  if (!parsed.success) return [];
  const failed = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(messages.map(({ messageId }) => messageId));
  return [...failed].every((id) => known.has(id)) ? messages.filter(({ messageId }) => !failed.has(messageId)) : [];
}

/** Entries for the requests about these messages, ten for each. */
function* entriesOf(messages: readonly Message[]) {
  for (let from = 0; from < messages.length; from += MOST_PER_RECEIVE) {
    const some = messages.slice(from, from + MOST_PER_RECEIVE);
    yield some.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
