import { Failure } from '../../lib/domain/failure.ts';
import { CONNECTION_ID } from '../../lib/domain/names.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { Connections } from '../../lib/ports/connections.ts';
import type { WebhookReader, WebhookVerdict } from '../../lib/ports/source.ts';
import { type AcceptPorts, acceptHints } from '../../lib/sync/accept-hints.ts';
import { type Answer, answer } from './answer.ts';

/** What is used of an HTTP API event, payload format 2.0. Everything in it comes from outside. */
export interface WebhookEvent {
  readonly rawQueryString: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly pathParameters?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly requestId: string };
}

export interface WebhookDependencies extends AcceptPorts {
  readonly connections: Connections;
  /** By kind of source. */
  readonly readers: ReadonlyMap<string, WebhookReader>;
  readonly clock: Clock;
}

const MAX_BODY_BYTES = 64 * 1024;
/** What that takes when it is encoded. */
const MAX_BODY_CHARACTERS = 4 * Math.ceil(MAX_BODY_BYTES / 3);

type Heard = { readonly connection: string; readonly verdict: WebhookVerdict } | 'nobody' | 'too-large';

/**
 * Takes a vendor's webhook for one connection. Who is not the vendor learns nothing, not even whether there is such a
 * connection; from the vendor nothing is believed but that some records may have changed.
 */
export function createWebhook(dependencies: WebhookDependencies) {
  return async (event: WebhookEvent): Promise<Answer> => {
    const { requestId } = event.requestContext;
    try {
      return answer(await take(dependencies, event), requestId);
    } catch (error) {
      const code = error instanceof Failure ? error.code : 'unexpected';
      const reason = error instanceof Error ? error.message : 'unknown';
      dependencies.telemetry.log('error', 'webhook not taken', { request: requestId, code, reason });
      return answer('unavailable', requestId);
    }
  };
}

async function take(dependencies: WebhookDependencies, event: WebhookEvent): Promise<Parameters<typeof answer>[0]> {
  const heard = await hear(dependencies, event);
  if (heard === 'nobody' || heard === 'too-large') return refuse(dependencies, event, heard);
  const { connection, verdict } = heard;
  if (verdict.outcome === 'refused') return refuse(dependencies, event, verdict.problem, connection);
  const accepted = await acceptHints(dependencies, { ...verdict, connection });
  if (accepted === 'queue-unavailable') return 'unavailable';
  if (accepted === 'accepted') dependencies.telemetry.metric('WebhooksAccepted', 1, { connection });
  return 'accepted';
}

async function hear({ connections, readers, clock }: WebhookDependencies, event: WebhookEvent): Promise<Heard> {
  const body = bytesOf(event);
  if (body === undefined) return 'too-large';
  const id = event.pathParameters?.connection ?? '';
  if (!CONNECTION_ID.test(id)) return 'nobody';
  const known = (await connections.list()).connections.find((connection) => connection.id === id);
  const reader = readers.get(known?.source ?? '');
  if (known?.enabled !== true || reader === undefined) return 'nobody';
  const headers = Object.entries(event.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), value] as const],
  );
  const query = Object.fromEntries(new URLSearchParams(event.rawQueryString));
  const request = { headers: Object.fromEntries(headers), query, body };
  return { connection: id, verdict: reader.read(known, request, clock.now()) };
}

/** The body as it was sent, to the byte; `undefined` when it is too large. */
function bytesOf({ body = '', isBase64Encoded }: WebhookEvent): Uint8Array | undefined {
  if (body.length > MAX_BODY_CHARACTERS) return undefined;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return bytes.length > MAX_BODY_BYTES ? undefined : bytes;
}

/** Counted and logged, without anything of what was sent. */
function refuse(
  { telemetry }: WebhookDependencies,
  event: WebhookEvent,
  problem: string,
  connection?: string,
): 'unverified' | 'too-large' {
  telemetry.metric('WebhooksRefused', 1);
  telemetry.log('warn', 'webhook refused', { request: event.requestContext.requestId, connection, problem });
  return problem === 'too-large' ? 'too-large' : 'unverified';
}
