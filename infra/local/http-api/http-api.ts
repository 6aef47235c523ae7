import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { InvocationResult } from '../lambda/invocation.ts';
import { closeServer, listenOnLoopback, readBody } from '../services/http-server.ts';
import type { ApiDefinition, ApiRoute } from './api-definition.ts';
import { type HttpEvent, httpEvent } from './http-event.ts';
import { answerOf, gatewayAnswer, type HttpAnswer, sendAnswer } from './http-response.ts';
import { RouteTable } from './route-table.ts';

export interface RunningHttpApi {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Serves an HTTP API as API Gateway would, on the loopback interface.
 * @param port 0 takes a free one. @throws the system's error when the port is taken
 */
export async function startHttpApi(api: ApiDefinition, port: number): Promise<RunningHttpApi> {
  const routes = new RouteTable(api.routes);
  const server = createServer((request, response) => void serve(api.apiId, routes, request, response));
  const url = await listenOnLoopback(server, port);
  return { url, close: () => closeServer(server) };
}

async function serve(
  apiId: string,
  routes: RouteTable<ApiRoute>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let requestId = '-';
  try {
    const routed = await routeRequest(apiId, routes, request);
    if ('status' in routed) return sendAnswer(response, routed, requestId);
    requestId = routed.event.requestContext.requestId;
    sendAnswer(response, await answer(routed.route, routed.event), requestId);
  } catch {
    // A client that went away, or a path that cannot be decoded.
    sendAnswer(response, gatewayAnswer(400, 'Bad Request'), requestId);
  }
}

async function routeRequest(
  apiId: string,
  routes: RouteTable<ApiRoute>,
  request: IncomingMessage,
): Promise<HttpAnswer | { readonly route: ApiRoute; readonly event: HttpEvent }> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if ('tooLarge' in body) return gatewayAnswer(413, 'Request Entity Too Large');
  // A path may begin with two slashes, which a relative URL would take for a host.
  const url = new URL(`http://127.0.0.1${request.url ?? '/'}`);
  const found = routes.find(request.method ?? 'GET', url.pathname);
  if (found === undefined) return gatewayAnswer(404, 'Not Found');
  const { route, pathParameters } = found;
  const event = httpEvent({ request, url, apiId, routeKey: route.routeKey, pathParameters, body: body.bytes });
  return { route, event };
}

async function answer({ authorizer, pool, timeoutMs }: ApiRoute, event: HttpEvent): Promise<HttpAnswer> {
  if (authorizer === undefined) return integrationAnswer(await within(timeoutMs, pool.invoke(event)));
  const authorization = await authorizer.authorize(event);
  switch (authorization.outcome) {
    case 'unauthorized':
      return gatewayAnswer(401, 'Unauthorized');
    case 'forbidden':
      return gatewayAnswer(403, 'Forbidden');
    case 'failed':
      return gatewayAnswer(500, 'Internal Server Error');
    case 'allowed': {
      const requestContext = { ...event.requestContext, authorizer: { lambda: authorization.context } };
      return integrationAnswer(await within(timeoutMs, pool.invoke({ ...event, requestContext })));
    }
  }
}

function integrationAnswer(result: InvocationResult | 'timeout'): HttpAnswer {
  if (result === 'timeout' || result.outcome === 'throttled') return gatewayAnswer(503, 'Service Unavailable');
  return result.outcome === 'failed' ? gatewayAnswer(500, 'Internal Server Error') : answerOf(result.payload);
}

/** The gateway stops waiting; the function goes on. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), ms);
  });
  const first = await Promise.race([work, timeout]);
  clearTimeout(timer);
  return first;
}
