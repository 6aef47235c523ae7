import { Redis } from '@upstash/redis';
import { ReaderFailure } from './reader-failure.ts';

/** As much of the `Redis` of `@upstash/redis` as is needed. Make it with `automaticDeserialization: false`. */
export interface RawRedis {
  exec<T>(command: [name: string, ...args: (string | number | boolean)[]]): Promise<T>;
}

export interface ReaderAccess {
  readonly url: string;
  /** A read-only token is enough. */
  readonly token: string;
  /** For one request, its answer included. @default 5000 */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM)|unauthorized/i;

/** Raw replies, each checked for its shape, and errors that hold neither commands nor values. */
export class ReaderRedis {
  readonly #redis: RawRedis;

  constructor(access: ReaderAccess | RawRedis) {
    this.#redis = 'exec' in access ? access : openRedis(access);
  }

  async text(...command: [string, ...string[]]): Promise<string | undefined> {
    const reply = await this.#send(command);
    if (reply === null) return undefined;
    if (typeof reply !== 'string') throw notRaw(command[0]);
    return reply;
  }

  async texts(...command: [string, ...string[]]): Promise<readonly string[]> {
    return textsOf(await this.#send(command), command[0]);
  }

  /** Values of fields, in their order; `undefined` where there is none. */
  async fields(key: string, names: readonly string[]): Promise<readonly (string | undefined)[]> {
    const reply = await this.#send(['HMGET', key, ...names]);
    const values: readonly unknown[] = Array.isArray(reply) ? reply : [];
    return names.map((_, index) => {
      const value = values[index] ?? undefined;
      if (value !== undefined && typeof value !== 'string') throw notRaw('HMGET');
      return value;
    });
  }

  /** One step of a scan: where to go on, and what was found. */
  async scan(...command: [string, ...string[]]): Promise<readonly [cursor: string, found: readonly string[]]> {
    const reply = await this.#send(command);
    const [cursor, found]: readonly unknown[] = Array.isArray(reply) ? reply : [];
    if (typeof cursor !== 'string') throw notRaw(command[0]);
    return [cursor, textsOf(found, command[0])];
  }

  async #send(command: [string, ...string[]]): Promise<unknown> {
    try {
      return await this.#redis.exec<unknown>(command);
    } catch (error) {
      // The client's message repeats the command; only what stands before it may be looked at.
      const [reason = ''] = error instanceof Error ? error.message.split(', command was: ', 1) : [];
      if (REFUSED.test(reason)) throw new ReaderFailure('reader-misconfigured', 'the cache refuses the token');
      throw new ReaderFailure('reader-unavailable', `the cache did not answer ${command[0]}`);
    }
  }
}

function openRedis({ url, token, timeoutMs = DEFAULT_TIMEOUT_MS }: ReaderAccess): RawRedis {
  return new Redis({
    url,
    token,
    // The client's own reading of JSON rounds 19-digit ids and changes types.
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    responseEncoding: false,
    retry: { retries: 1 },
    // A function: when a plain signal fires, the client answers as if the command had succeeded.
    signal: () => AbortSignal.timeout(timeoutMs),
  });
}

function textsOf(reply: unknown, command: string): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((item) => typeof item === 'string')) throw notRaw(command);
  return reply;
}

function notRaw(command: string): ReaderFailure {
  const hint = 'was the client made with automaticDeserialization: false?';
  return new ReaderFailure('reader-misconfigured', `the answer to ${command} is not raw text; ${hint}`);
}
