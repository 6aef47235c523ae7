import { CacheFailure } from '../../ports/cache.ts';
import type { CacheAccess, CacheCredentials } from '../../ports/parameters.ts';
import { RedisClient } from './redis-client.ts';
import { toCacheFailure } from './redis-failure.ts';

/** For one request, its answer included. */
const DEFAULT_TIMEOUT_MS = 5_000;

/** Keeps one client per credentials, and reads those afresh, once, when they are refused. */
export class RedisAccess {
  readonly #access: CacheAccess;
  readonly #timeoutMs: number;
  #sent = 0;
  #open: { readonly credentials: CacheCredentials; readonly client: RedisClient } | undefined;

  constructor(access: CacheAccess, timeoutMs: number = DEFAULT_TIMEOUT_MS) {
    this.#access = access;
    this.#timeoutMs = timeoutMs;
  }

  /** Commands sent so far; what scripts call themselves is not among them. */
  get sent(): number {
    return this.#sent;
  }

  /** @throws CacheFailure, which holds no command and no values */
  async run<T>(action: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(await this.#access.current(), action);
    } catch (error) {
      if (!(error instanceof CacheFailure) || error.code !== 'cache-unauthorized') throw error;
    }
    return this.#attempt(await this.#access.refreshed(), action);
  }

  async #attempt<T>(credentials: CacheCredentials, action: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await action(this.#clientFor(credentials));
    } catch (error) {
      throw toCacheFailure(error);
    }
  }

  #clientFor(credentials: CacheCredentials): RedisClient {
    const { url, token } = credentials;
    if (this.#open?.credentials.url === url && this.#open.credentials.token === token) return this.#open.client;
    const client = new RedisClient(credentials, this.#timeoutMs, (commands) => {
      this.#sent += commands;
    });
    this.#open = { credentials, client };
    return client;
  }
}
