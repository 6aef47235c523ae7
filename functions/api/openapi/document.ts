import * as z from 'zod/mini';
import { PROBLEMS, type ProblemCode } from '../problem.ts';
import { parameterName, type Route } from '../router.ts';
import { componentSchemas } from './components.ts';
import { OPERATIONS, type Operation, type OperationName } from './operations.ts';
import { WEBHOOK_OPERATION, WEBHOOK_PATH } from './webhook-operation.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** The OpenAPI 3.1 description of a table of routes; a route that no operation describes does not compile. */
export function openApiDocument(routes: readonly Route<OperationName>[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tidemark',
      version: '1',
      summary: 'Keeps a serverless Redis cache equal to records that live in SaaS systems.',
      description:
        'Send "Authorization: Bearer <token>". A read token may look; an operate token may also start, pause and resume. ' +
        'Requests are limited at the gateway, which answers 429. Every refusal is an RFC 9457 problem document.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: { ...paths, [WEBHOOK_PATH]: { post: WEBHOOK_OPERATION } },
    components: {
      schemas: componentSchemas(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operationOf(route: Route<OperationName>): JsonObject {
  const operation: Operation = OPERATIONS[route.name];
  const parameters = [...pathParameters(route.path), ...queryParameters(route.query)];
  const body = requestBody(route);
  return {
    operationId: route.name,
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    // Since 3.1 the list of a scheme that is not OAuth names the roles it takes.
    security: route.scope === 'none' ? [] : [{ token: [route.scope] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...success(operation, route), ...problems(operation, route) },
  };
}

function pathParameters(path: string): readonly JsonObject[] {
  const names = path.split('/').flatMap((part) => parameterName(part) ?? []);
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', maxLength: 200 } }));
}

function queryParameters(schema: z.ZodMiniType): readonly JsonObject[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: false,
    schema: property,
  }));
}

function requestBody({ method, body }: Route): JsonObject | undefined {
  const id = z.globalRegistry.get(body)?.id;
  if (method === 'GET' || id === undefined) return undefined;
  return { required: false, content: { 'application/json': { schema: { $ref: `#/components/schemas/${id}` } } } };
}

function success(operation: Operation, route: Route): JsonObject {
  const schema = operation.schema === undefined ? {} : { $ref: `#/components/schemas/${operation.schema}` };
  const type = route.path === '/' ? 'text/html' : 'application/json';
  const description = operation.status === 202 ? 'Accepted: the work has been remembered or queued.' : 'OK';
  return { [operation.status]: { description, content: { [type]: { schema } } } };
}

function problems(operation: Operation, route: Route): JsonObject {
  const always: readonly ProblemCode[] =
    route.scope === 'none' ? ['invalid', 'internal'] : ['unauthenticated', 'missing-scope', 'internal', 'unavailable'];
  const byStatus = new Map<number, Set<string>>();
  for (const code of [...operation.problems, ...always]) {
    const { status, title } = PROBLEMS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(`${title} (${code})`));
  }
  return Object.fromEntries(
    [...byStatus].map(([status, titles]) => [
      status,
      { description: [...titles].join('. '), content: PROBLEM_CONTENT },
    ]),
  );
}
