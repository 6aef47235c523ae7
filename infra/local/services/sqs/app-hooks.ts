import type { buildApp } from 'fauxqs';
import { errorAnswer } from '../aws-json-server.ts';
import type { FaultQueue } from '../fault-queue.ts';
import { isObject, objectOf, textOf } from '../json.ts';
import { faultOf, type ServiceFault } from '../service-faults.ts';
import { delaysTooLong, payloadBytes, withShorterDelays } from './message-limits.ts';
import { FUNCTIONS, type RequestMeter } from './request-meter.ts';
import type { SourceQueues } from './source-queues.ts';

/** Names who asks; without it a request counts as the functions'. */
export const CALLER_HEADER = 'x-local-caller';
export const CONTENT_TYPE = 'application/x-amz-json-1.0';

type App = ReturnType<typeof buildApp>;

function operationOf(headers: Readonly<Record<string, unknown>>): string {
  return textOf(headers['x-amz-target']).split('.')[1] ?? '';
}

/** The emulation would accept any delay. */
export function refuseLongDelays(app: App): void {
  app.addHook('preHandler', async (request, reply) => {
    if (!isObject(request.body) || !delaysTooLong(request.body)) return;
    const { status, body } = errorAnswer('InvalidParameterValue', 'DelaySeconds must be 0 to 900.');
    await reply.code(status).header('content-type', CONTENT_TYPE).send(JSON.stringify(body));
  });
}

/** For tests that cannot wait for what is put off. */
export function shortenDelays(app: App, mostSeconds: number): void {
  app.addHook('preHandler', async (request) => {
    if (isObject(request.body)) request.body = withShorterDelays(request.body, mostSeconds);
  });
}

/** Faults: before the request is handled, or in place of its answer when it is to take effect. */
export function befall(app: App, faults: FaultQueue<ServiceFault>): void {
  const applied = new WeakMap<object, ServiceFault>();
  app.addHook('preHandler', async (request, reply) => {
    const fault = faultOf(faults, operationOf(request.headers), objectOf(request.body) ?? {});
    if (fault?.applied) applied.set(request, fault);
    else if (fault?.error === 'drop') {
      reply.hijack();
      request.raw.socket.destroy();
    } else if (fault !== undefined) {
      const { status, body } = errorAnswer(fault.error, 'a fault ordered by a test');
      await reply.code(status).header('content-type', CONTENT_TYPE).send(JSON.stringify(body));
    }
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const fault = applied.get(request);
    if (fault === undefined) return payload;
    if (fault.error === 'drop') request.raw.socket.destroy();
    const { status, body } = errorAnswer(fault.error, 'a fault ordered by a test');
    reply.code(status);
    return JSON.stringify(body);
  });
}

/** Meters requests, each under the caller it names. */
export function count(app: App, meter: RequestMeter): void {
  app.addHook('onSend', async (request, _reply, payload) => {
    const operation = operationOf(request.headers);
    if (operation === '') return payload;
    const answered: unknown = operation === 'ReceiveMessage' && typeof payload === 'string' ? JSON.parse(payload) : {};
    const bytes = payloadBytes(objectOf(request.body) ?? {}) + payloadBytes(objectOf(answered) ?? {});
    meter.add(textOf(request.headers[CALLER_HEADER]) || FUNCTIONS, operation, bytes);
    return payload;
  });
}

/** The emulation names its queues by a host that resolves nowhere (`sqs.{region}.localhost`); its port is right. */
export function nameByAddress(app: App): void {
  app.addHook('onSend', async (request, _reply, payload) => {
    if (typeof payload !== 'string' || !/^(CreateQueue|GetQueueUrl|ListQueues)$/.test(operationOf(request.headers)))
      return payload;
    return payload.replace(/http:\/\/sqs\.[^.]+\.localhost:/g, 'http://127.0.0.1:');
  });
}

/** Says of messages on a dead-letter queue where they came from. */
export function nameSources(app: App, sources: SourceQueues): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const received = operationOf(request.headers) === 'ReceiveMessage' && reply.statusCode === 200;
    if (!received || typeof payload !== 'string') return payload;
    return JSON.stringify(sources.named(objectOf(request.body) ?? {}, objectOf(JSON.parse(payload)) ?? {}));
  });
}
