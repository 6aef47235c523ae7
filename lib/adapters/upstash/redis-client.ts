// The entry that reads no process environment, and is the smaller for it; the client is the same.
import { Redis } from '@upstash/redis/cloudflare';
import type { CacheCredentials } from '../../ports/parameters.ts';

/** One command, as Redis knows it. */
export type RedisCommand = readonly [name: string, ...args: readonly string[]];

export type SingleRead =
  | readonly ['GET' | 'HLEN', key: string, field?: never]
  | readonly ['HGET', key: string, field: string];

/** Redis over REST, without anything the client would do by itself. */
export class RedisClient {
  readonly #redis: Redis;
  readonly #sent: (commands: number) => void;

  /** @param sent is told how many commands go out, before they do */
  constructor(credentials: CacheCredentials, timeoutMs: number, sent: (commands: number) => void = () => {}) {
    this.#sent = sent;
    this.#redis = new Redis({
      url: credentials.url,
      token: credentials.token,
      // Replies are read as text: the client's own JSON reading rounds 19-digit ids and changes types.
      automaticDeserialization: false,
      // Reads and writes would go out in two unordered batches, and fail together.
      enableAutoPipelining: false,
      enableTelemetry: false,
      // Retrying belongs to the use case. `retry: false` would still try twice.
      retry: { retries: 0 },
      // All that is stored is valid UTF-8, which JSON carries as it is; base64 costs a third more bytes.
      responseEncoding: false,
      // A function: when a plain signal fires, the client answers as if the command had succeeded.
      signal: () => AbortSignal.timeout(timeoutMs),
    });
  }

  /** The raw reply: texts, numbers, `null`, and lists of these. @throws what the client throws */
  async send(command: RedisCommand): Promise<unknown> {
    const [name, ...args] = command;
    this.#sent(1);
    return this.#redis.exec<unknown>([name, ...args]);
  }

  /** Raw replies as they stand at one moment; each read is billed, the transaction is not. */
  async readTogether(reads: readonly SingleRead[]): Promise<readonly unknown[]> {
    const transaction = this.#redis.multi();
    this.#sent(reads.length);
    for (const [command, key, field] of reads) {
      if (command === 'HGET') transaction.hget(key, field);
      else if (command === 'HLEN') transaction.hlen(key);
      else transaction.get(key);
    }
    return transaction.exec<unknown[]>();
  }
}
