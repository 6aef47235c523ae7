import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';

/** One page after the other of a set or a hash. Not one moment's, and an entry may come twice. */
export async function* scanPages(
  client: RedisClient,
  command: 'SSCAN' | 'HSCAN',
  key: string,
  count: number,
): AsyncGenerator<readonly string[], void, void> {
  let cursor = '0';
  do {
    const reply = await client.send([command, key, cursor, 'COUNT', String(count)]);
    const [next, page] = scanReply(reply, command);
    yield page;
    cursor = next;
  } while (cursor !== '0');
}

export function scanReply(reply: unknown, command: string): readonly [next: string, found: readonly string[]] {
  const [next, found]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof next !== 'string') throw unexpectedReply(command);
  return [next, texts(found, command)];
}

export function texts(reply: unknown, command: string): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((item) => typeof item === 'string')) throw unexpectedReply(command);
  return reply;
}

/** The values of fields, in their order; `undefined` where there is none. One command. */
export async function readFields(
  client: RedisClient,
  key: string,
  fields: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const reply = await client.send(['HMGET', key, ...fields]);
  if (!Array.isArray(reply) || reply.length !== fields.length) throw unexpectedReply('HMGET');
  return reply.map((value: unknown) => (typeof value === 'string' ? value : undefined));
}

/** @param command answers an integer */
export async function integer(client: RedisClient, command: string, key: string): Promise<number> {
  const reply = await client.send([command, key]);
  if (typeof reply !== 'number') throw unexpectedReply(command);
  return reply;
}

export function* pairsOf(flat: readonly string[]): Generator<readonly [string, string], void, void> {
  for (let index = 0; index + 1 < flat.length; index += 2) yield [flat[index] ?? '', flat[index + 1] ?? ''];
}
