import { TextDecoder } from 'node:util';
import * as z from 'zod/mini';
import '../../lib/config/english.ts';
import { CONNECTION_ID, isRecordId, PARTITION_ID, RUN_ID, STREAM_NAME } from '../../lib/domain/names.ts';
import { type Checked, ok, refused } from './problem.ts';

/** What is used of an HTTP API event, payload format 2.0. Everything in it comes from outside. */
export interface HttpEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly requestId: string;
    readonly http: { readonly method: string };
    /** What the authorizer found out. */
    readonly authorizer?: unknown;
  };
}

export const PATH_PARAMETERS = ['connection', 'stream', 'partition', 'run', 'plan', 'record'] as const;

export type PathParameter = (typeof PATH_PARAMETERS)[number];

/** Path parts that were decoded and have the shape of what they name. */
export type PathParameters = Readonly<Partial<Record<PathParameter, string>>>;

const MAX_BODY_BYTES = 16 * 1024;
const MAX_PART_LENGTH = 200;

const RULES: Readonly<Record<Exclude<PathParameter, 'record'>, { readonly pattern: RegExp; readonly advice: string }>> =
  {
    connection: { pattern: CONNECTION_ID, advice: 'a connection id has up to 32 of a-z, 0-9 and -' },
    stream: { pattern: STREAM_NAME, advice: 'a stream name has up to 32 of a-z, 0-9 and -' },
    partition: { pattern: PARTITION_ID, advice: 'a partition id has letters, digits, _ . - and at most one ~' },
    run: { pattern: RUN_ID, advice: 'a run id looks like 0mi3k9x2a-4f7q0z1b' },
    plan: { pattern: RUN_ID, advice: 'a plan id looks like 0mi3k9x2a-4f7q0z1b' },
  };

/**
 * Decodes path parts and checks each against the rule of its name, before anything is read or written. The gateway has
 * decoded paths already: what was encoded twice is found out here, and ids have no character that decoding would change.
 * A record's id may have any: it is taken as the gateway hands it over.
 */
export function parsePath(raw: Readonly<Partial<Record<PathParameter, string>>>): Checked<PathParameters> {
  const parsed: Partial<Record<PathParameter, string>> = {};
  for (const name of PATH_PARAMETERS) {
    const part = raw[name];
    if (part === undefined) continue;
    const checked = name === 'record' ? parseRecord(part) : parsePart(name, part);
    if (checked.outcome === 'problem') return checked;
    parsed[name] = checked.value;
  }
  return ok(parsed);
}

function parsePart(name: keyof typeof RULES, part: string): Checked<string> {
  const text = decodePart(part);
  if (text === undefined) {
    return refused(
      'bad-path',
      `The ${name} in the path is badly encoded, has a slash, or over ${MAX_PART_LENGTH} characters.`,
    );
  }
  if (RULES[name].pattern.test(text)) return ok(text);
  return refused('invalid', `The ${name} in the path is not valid: ${RULES[name].advice}.`);
}

function parseRecord(text: string): Checked<string> {
  if (isRecordId(text)) return ok(text);
  return refused(
    'invalid',
    'The record in the path is not valid: a record id has up to 256 characters, no control characters, and no # in front.',
  );
}

function decodePart(part: string): string | undefined {
  // Each character is at most nine characters of percent-encoding.
  if (part.length > MAX_PART_LENGTH * 9) return undefined;
  try {
    const text = decodeURIComponent(part);
    return text.length > MAX_PART_LENGTH || /\/|\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A query string by a schema; unknown and repeated parameters are refused, so that no filter is silently ignored. */
export function parseQuery<T>(schema: z.ZodMiniType<T>, rawQueryString: string): Checked<T> {
  const parameters = [...new URLSearchParams(rawQueryString)];
  const query = Object.fromEntries(parameters);
  if (Object.keys(query).length < parameters.length) return refused('invalid', 'A query parameter is given twice.');
  return parseWith(schema, query, 'query');
}

/** A body by a schema, whatever content type it claims: `curl -d` calls JSON a form. No body stands for `{}`. */
export function parseBody<T>(schema: z.ZodMiniType<T>, event: HttpEvent): Checked<T> {
  const { body = '', isBase64Encoded } = event;
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > MAX_BODY_BYTES) {
    return refused('body-too-large', `Send at most ${MAX_BODY_BYTES} bytes.`);
  }
  try {
    const text = isBase64Encoded ? new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body, 'base64')) : body;
    const value: unknown = text.trim() === '' ? {} : JSON.parse(text);
    return parseWith(schema, value, 'body');
  } catch {
    return refused('bad-body', 'Send a JSON object, such as {"mode":"full"}, or nothing.');
  }
}

function parseWith<T>(schema: z.ZodMiniType<T>, value: unknown, where: 'query' | 'body'): Checked<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues.map((issue) => describeIssue(issue, where));
  return refused('invalid', `Correct the ${where}: ${errors.length} problem${errors.length === 1 ? '' : 's'}.`, {
    errors,
  });
}

/** Unknown names are counted, not repeated: they are unchecked text. */
function describeIssue(issue: z.core.$ZodIssue, where: string): string {
  if (issue.code === 'unrecognized_keys') return `${where}: ${issue.keys.length} unknown field(s)`;
  return `${[where, ...issue.path].join('.')}: ${issue.message}`;
}

const authorizerContext = z.object({ lambda: z.object({ scopes: z.string(), caller: z.string() }) });

export interface Caller {
  readonly scopes: readonly string[];
  /** First digits of the token's hash; empty without a token. */
  readonly caller: string;
}

/** Who calls, by what the authorizer said. Anything else than a well-formed answer grants nothing. */
export function callerOf(event: HttpEvent): Caller {
  const parsed = authorizerContext.safeParse(event.requestContext.authorizer);
  if (!parsed.success) return { scopes: [], caller: '' };
  const { scopes, caller } = parsed.data.lambda;
  return { scopes: scopes.split(' ').filter((scope) => scope !== ''), caller };
}
