import * as z from 'zod';
import type { Access } from './access.ts';
import { CliError, type CliIo, EXIT } from './io.ts';

const TIMEOUT_MS = 35_000;

const problem = z.object({
  type: z.optional(z.string()),
  title: z.string(),
  detail: z.string(),
  errors: z.optional(z.array(z.string())),
});

/** The API, as far as commands use it. */
export interface ApiClient {
  /** @throws CliError with the exit code that fits what went wrong */
  get<T>(path: string, schema: z.ZodType<T>): Promise<Answer<T>>;
  post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<Answer<T>>;
}

export interface Answer<T> {
  readonly value: T;
  /** What the API sent, whole. */
  readonly raw: unknown;
}

export function createClient(access: Access, io: CliIo): ApiClient {
  const call = async <T>(method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: object) => {
    const response = await send(access, io, path, {
      method,
      headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const raw = await readJson(response);
    if (!response.ok) throw refusal(response.status, raw);
    const parsed = schema.safeParse(raw);
    if (!parsed.success)
      throw new CliError(EXIT.failed, 'The API answered something this version does not understand.');
    return { value: parsed.data, raw };
  };
  return {
    get: (path, schema) => call('GET', path, schema),
    post: (path, body, schema) => call('POST', path, schema, body),
  };
}

async function send({ url }: Access, io: CliIo, path: string, init: RequestInit): Promise<Response> {
  try {
    return await io.fetch(`${url}${path}`, init);
  } catch (error) {
    const reason =
      error instanceof Error && error.name === 'TimeoutError' ? 'did not answer in time' : 'cannot be reached';
    throw new CliError(EXIT.unreachable, `${url} ${reason}. Is the address right, and the system running?`);
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

/** What the API will not do, by the code of its problem. */
export class Refusal extends CliError {
  /** `not-comparable`, for one; absent where the answer names none. */
  readonly code: string | undefined;

  constructor(exitCode: number, message: string, code: string | undefined) {
    super(exitCode, message);
    this.name = 'Refusal';
    this.code = code;
  }
}

function refusal(status: number, raw: unknown): Refusal {
  const parsed = problem.safeParse(raw);
  const lines = parsed.success
    ? [`${parsed.data.title}. ${parsed.data.detail}`, ...(parsed.data.errors ?? []).map((error) => `  - ${error}`)]
    : [`The API answered ${status}.`];
  const code = parsed.success ? parsed.data.type?.split(':').at(-1) : undefined;
  return new Refusal(exitCodeOf(status), lines.join('\n'), code);
}

/** What the caller named wrongly is a matter of usage; the rest is the system's. */
function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return EXIT.unreachable;
  return [400, 404, 405, 413, 422].includes(status) ? EXIT.usage : EXIT.failed;
}

/** A path below the API from names that may have any character. */
export function pathOf(root: string, names: readonly string[]): string {
  return [root, ...names.map(encodeURIComponent)].join('/');
}

export function withQuery(path: string, query: URLSearchParams): string {
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
