import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FaultQueue } from './fault-queue.ts';
import { answer, closeServer, listenOnLoopback, readBody } from './http-server.ts';
import { type JsonObject, objectOf, textOf } from './json.ts';
import { faultOf, type ServiceFault } from './service-faults.ts';

export interface AwsAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A service that speaks one of AWS's JSON protocols. */
export interface AwsJsonService {
  /** `application/x-amz-json-1.0` or `-1.1`. */
  readonly contentType: string;
  readonly port: number | undefined;
  readonly faults: FaultQueue<ServiceFault>;
  run(operation: string, input: JsonObject): Promise<AwsAnswer>;
}

/** DynamoDB takes the largest requests: 16 MB. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** Errors that are the service's; all others are the caller's. */
const SERVER_ERRORS: Readonly<Record<string, number>> = {
  InternalError: 500,
  InternalServerError: 500,
  ServiceUnavailable: 503,
};

export function errorAnswer(type: string, message: string): AwsAnswer {
  return { status: SERVER_ERRORS[type] ?? 400, body: { __type: `com.amazonaws#${type}`, message } };
}

/** Requests are not authenticated: the service is reachable from this machine alone. */
export async function startAwsJsonServer(service: AwsJsonService): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => void serve(service, request, response));
  const url = await listenOnLoopback(server, service.port);
  return { url, close: () => closeServer(server) };
}

async function serve(service: AwsJsonService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const operation = textOf(request.headers['x-amz-target']).split('.')[1] ?? '';
  const body = await readBody(request, MAX_REQUEST_BYTES);
  const input = 'bytes' in body ? parse(body.bytes) : undefined;
  const reply =
    input === undefined
      ? errorAnswer('SerializationException', 'the request is not a JSON object')
      : await carryOut(service, operation, input).catch(() =>
          errorAnswer('InternalServerError', `${operation} failed`),
        );
  if (reply === 'drop') {
    response.destroy();
    return;
  }
  const headers = { 'content-type': service.contentType, 'x-amzn-requestid': randomUUID() };
  answer(response, reply.status, JSON.stringify(reply.body), headers);
}

async function carryOut(service: AwsJsonService, operation: string, input: JsonObject): Promise<AwsAnswer | 'drop'> {
  const fault = faultOf(service.faults, operation, input);
  if (fault === undefined) return service.run(operation, input);
  if (fault.applied) await service.run(operation, input);
  return fault.error === 'drop' ? 'drop' : errorAnswer(fault.error, 'a fault ordered by a test');
}

function parse(bytes: Buffer): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(bytes.toString() || '{}'));
  } catch {
    return undefined;
  }
}
