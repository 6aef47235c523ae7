import type { ServerResponse } from 'node:http';
import * as z from 'zod';

/** What goes back to the client. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body: Buffer | string;
}

const payloadSchema = z.object({
  statusCode: z.int().min(100).max(599),
  headers: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
  cookies: z.exactOptional(z.array(z.string())),
  body: z._default(z.string(), ''),
  isBase64Encoded: z._default(z.boolean(), false),
});

/** What the gateway itself says. */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

/** A function's answer, payload format 2.0. Without a status code the whole answer is the body. */
export function answerOf(payload: unknown): HttpAnswer {
  if (typeof payload !== 'object' || payload === null || !('statusCode' in payload)) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) return gatewayAnswer(500, 'Internal Server Error');
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...Object.fromEntries(named) },
    ...(cookies === undefined ? {} : { cookies }),
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}

export function sendAnswer(response: ServerResponse, answer: HttpAnswer, requestId: string): void {
  if (response.destroyed || response.headersSent) return;
  const { status, headers, cookies, body } = answer;
  response.writeHead(status, {
    'apigw-requestid': requestId,
    ...headers,
    ...(cookies === undefined ? {} : { 'set-cookie': [...cookies] }),
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
