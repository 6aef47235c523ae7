import { buildApp } from 'fauxqs';
import { FaultQueue } from '../fault-queue.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';
import type { ServiceFault } from '../service-faults.ts';
import {
  befall,
  CALLER_HEADER,
  CONTENT_TYPE,
  count,
  nameByAddress,
  nameSources,
  refuseLongDelays,
  shortenDelays,
} from './app-hooks.ts';
import { RequestMeter } from './request-meter.ts';
import { SourceQueues } from './source-queues.ts';

export interface EmbeddedSqsOptions {
  readonly region: string;
  /** @default a free port */
  readonly port?: number;
  /** No message is delayed by more, whatever it asks for. @default SQS's own limit */
  readonly longestDelaySeconds?: number;
}

export interface Queue {
  /** On the loopback interface: what functions must be given, since the SDK calls the host it names. */
  readonly url: string;
  readonly arn: string;
}

export interface EmbeddedSqs {
  readonly url: string;
  readonly meter: RequestMeter;
  readonly faults: FaultQueue<ServiceFault>;
  /** Creates a queue; `attributes` as of CreateQueue, all texts. */
  createQueue(name: string, attributes?: Readonly<Record<string, string>>): Promise<Queue>;
  /**
   * One request over the wire, metered under `caller`. Waits at most `WaitTimeSeconds` and 10 seconds more.
   * @throws Error naming operation and error when it is refused
   */
  call(caller: string, operation: string, input: JsonObject, signal?: AbortSignal): Promise<JsonObject>;
  close(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 10_000;

/** SQS for this machine, in memory: standard and FIFO queues, delays, visibility, redrive to a dead-letter queue. */
export async function startEmbeddedSqs(options: EmbeddedSqsOptions): Promise<EmbeddedSqs> {
  const app = buildApp({ logger: false, defaultRegion: options.region });
  const [meter, faults] = [new RequestMeter(), new FaultQueue<ServiceFault>()];
  refuseLongDelays(app);
  if (options.longestDelaySeconds !== undefined) shortenDelays(app, options.longestDelaySeconds);
  befall(app, faults);
  count(app, meter);
  nameByAddress(app);
  nameSources(app, new SourceQueues(options.region));
  const url = await app.listen({ port: options.port ?? 0, host: '127.0.0.1' });
  const call: EmbeddedSqs['call'] = (...request) => post(url, ...request);
  return {
    url,
    meter,
    faults,
    call,
    createQueue: async (QueueName, Attributes = {}) => {
      const { QueueUrl } = await call('host', 'CreateQueue', { QueueName, Attributes });
      const described = await call('host', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
      return { url: textOf(QueueUrl), arn: textOf(objectOf(described.Attributes)?.QueueArn) };
    },
    close: () => app.close(),
  };
}

async function post(
  url: string,
  caller: string,
  operation: string,
  input: JsonObject,
  signal?: AbortSignal,
): Promise<JsonObject> {
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS + 1000 * Number(input.WaitTimeSeconds ?? 0));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': CONTENT_TYPE, 'x-amz-target': `AmazonSQS.${operation}`, [CALLER_HEADER]: caller },
    body: JSON.stringify(input),
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  });
  const text = await response.text();
  const body = objectOf(text === '' ? {} : JSON.parse(text)) ?? {};
  if (!response.ok) throw new Error(`${operation} was refused: ${textOf(body.__type)}`);
  return body;
}
