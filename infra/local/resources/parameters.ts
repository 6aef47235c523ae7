import { createHash, randomBytes } from 'node:crypto';
import { PARAMETERS } from '../../../lib/config/environment.ts';
import type { EmbeddedSsm } from '../services/ssm/embedded-ssm.ts';

/** One connection as its parameter holds it. */
export interface ConnectionEntry {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface ApiTokenPair {
  readonly operate: string;
  readonly read: string;
}

const TOKEN_BYTES = 24;

export function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** New tokens at every start: nothing that opens the API outlives the host. */
export function createApiTokens(): ApiTokenPair {
  return { operate: randomToken(), read: randomToken() };
}

/** The parameters of a stage, which its operator would write by hand. */
export class StageParameters {
  readonly #ssm: EmbeddedSsm;
  readonly #prefix: string;

  constructor(ssm: EmbeddedSsm, prefix: string) {
    this.#ssm = ssm;
    this.#prefix = prefix;
  }

  setApiTokens({ operate, read }: ApiTokenPair): void {
    this.#set(PARAMETERS.apiTokens, { read: [sha256(read)], operate: [sha256(operate)] });
  }

  setRedis(credentials: { readonly url: string; readonly token: string }): void {
    this.#set(PARAMETERS.redis, credentials);
  }

  /** Running functions see it within a minute. @throws RangeError when it does not fit into a parameter */
  setConnection(connection: ConnectionEntry): void {
    this.#set(`${PARAMETERS.connections}/${connection.id}`, connection);
  }

  #set(name: string, value: object): void {
    this.#ssm.set(`${this.#prefix}/${name}`, JSON.stringify(value));
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
