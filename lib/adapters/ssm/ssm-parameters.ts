import * as z from 'zod/mini';
import { parseConnection } from '../../config/connection.ts';
import { PARAMETERS } from '../../config/environment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BrokenConnection, Connection, ConnectionList, Connections } from '../../ports/connections.ts';
import type { ApiTokenHashes, ApiTokens, CacheAccess, CacheCredentials } from '../../ports/parameters.ts';
import { ParameterFailure } from './parameter-failure.ts';
import { Remembered } from './remembered.ts';
import type { SsmApi, StoredParameter } from './ssm-api.ts';

const CONNECTIONS_MAX_AGE_MS = 60_000;
const CREDENTIALS_MAX_AGE_MS = 300_000;
const TOKENS_MAX_AGE_MS = 60_000;

const credentialsSchema = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().check(z.minLength(1)) });
const hashes = z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/)));
const tokensSchema = z.object({ read: z._default(hashes, []), operate: z._default(hashes, []) });

/** What changes without a deploy: the SecureStrings below the stage's prefix. */
export class SsmParameters implements Connections, CacheAccess, ApiTokens {
  readonly #api: SsmApi;
  readonly #prefix: string;
  readonly #connections: Remembered<ConnectionList>;
  readonly #credentials: Remembered<CacheCredentials>;
  readonly #tokens: Remembered<ApiTokenHashes>;

  /** @param prefix `/tidemark/{stage}` */
  constructor(api: SsmApi, prefix: string, clock: Clock) {
    this.#api = api;
    this.#prefix = prefix;
    this.#connections = new Remembered(() => this.#readConnections(), CONNECTIONS_MAX_AGE_MS, clock);
    this.#credentials = new Remembered(
      () => this.#readParameter(PARAMETERS.redis, credentialsSchema, 'JSON with url and token'),
      CREDENTIALS_MAX_AGE_MS,
      clock,
    );
    this.#tokens = new Remembered(
      () =>
        this.#readParameter(
          PARAMETERS.apiTokens,
          tokensSchema,
          'JSON with read and operate, each a list of SHA-256 hashes in hex',
        ),
      TOKENS_MAX_AGE_MS,
      clock,
    );
  }

  /** @throws ParameterFailure when the service does not answer */
  list(): Promise<ConnectionList> {
    return this.#connections.current();
  }

  /** @throws ParameterFailure when the service does not answer, or the parameter is missing or malformed */
  current(): Promise<CacheCredentials> {
    return this.#credentials.current();
  }

  refreshed(): Promise<CacheCredentials> {
    return this.#credentials.refreshed();
  }

  /** @throws ParameterFailure when the service does not answer, or the parameter is missing or malformed */
  hashes(): Promise<ApiTokenHashes> {
    return this.#tokens.current();
  }

  async #readConnections(): Promise<ConnectionList> {
    const path = `${this.#prefix}/${PARAMETERS.connections}`;
    const connections: Connection[] = [];
    const broken: BrokenConnection[] = [];
    for (const { name, value } of await this.#readPath(path)) {
      const parsed = parseConnection(name.slice(path.length + 1), value);
      if ('problems' in parsed) broken.push(parsed);
      else connections.push(parsed);
    }
    return { connections, broken };
  }

  async #readPath(path: string): Promise<readonly StoredParameter[]> {
    const found: StoredParameter[] = [];
    let next: string | undefined;
    do {
      const after = next;
      const page = await this.#send(path, () => this.#api.readBelow(path, after));
      found.push(...page.parameters);
      next = page.next;
    } while (next !== undefined);
    return found;
  }

  async #readParameter<T>(name: string, schema: z.ZodMiniType<T>, expected: string): Promise<T> {
    const full = `${this.#prefix}/${name}`;
    const value = await this.#send(full, () => this.#api.read(full));
    const parsed = schema.safeParse(parseJson(value ?? ''));
    if (!parsed.success) throw ParameterFailure.malformed(full, expected);
    return parsed.data;
  }

  async #send<T>(name: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw ParameterFailure.unavailable(name, error);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
