import { createHash } from 'node:crypto';
import type { RedisClient } from './redis-client.ts';
import { isUnknownScript } from './redis-failure.ts';

export interface ScriptReply {
  readonly reply: unknown;
  /** Billed requests: those the script makes come on top. */
  readonly requests: number;
}

/** A script that Redis is asked for by its digest. */
export class LuaScript {
  readonly #text: string;
  readonly #digest: string;

  constructor(text: string) {
    this.#text = text;
    this.#digest = createHash('sha1').update(text).digest('hex');
  }

  /** One request, and a second only where Redis does not hold the script yet. */
  async run(client: RedisClient, keys: readonly string[], args: readonly string[]): Promise<ScriptReply> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return { reply: await client.send(['EVALSHA', this.#digest, ...rest]), requests: 1 };
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return { reply: await client.send(['EVAL', this.#text, ...rest]), requests: 2 };
    }
  }
}

const FENCE_DIGITS = 16;

/** A fence as scripts compare it: at full width, because Lua's numbers are doubles. */
export function fenceArgument(fence: number): string {
  return String(fence).padStart(FENCE_DIGITS, '0');
}
