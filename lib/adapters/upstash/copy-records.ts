import { stampsKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import type { Copied, CopyRequest } from '../../ports/cache.ts';
import copyRecords from './copy-records.lua';
import { fenceArgument, LuaScript } from './lua-script.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';

const SCRIPT = new LuaScript(copyRecords);
const COPIED_AT_ONCE = 1_000;

/** Billed commands per page: 4, + 1 for a new fence, + 1 for the first page, + 2 for the last. */
export async function copyPage(client: RedisClient, request: CopyRequest): Promise<Copied> {
  return run(client, request, COPIED_AT_ONCE);
}

/** Removes what the other layout holds. */
export async function dropCopy(client: RedisClient, request: Omit<CopyRequest, 'cursor'>): Promise<Copied> {
  return run(client, request, 0);
}

async function run(
  client: RedisClient,
  { key, layout, to, fence, cursor }: CopyRequest,
  count: number,
): Promise<Copied> {
  const keys = [stampsKey(key), versionedRecordsKey(key, layout), versionedRecordsKey(key, { ...layout, version: to })];
  const { reply, requests } = await SCRIPT.run(client, keys, [fenceArgument(fence), cursor ?? '', String(count)]);
  const [outcome, calls, next, held, copied]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof calls !== 'number') throw unexpectedReply('EVAL');
  const commands = calls + requests;
  if (outcome === 'fenced' || outcome === 'lost') return { outcome, commands };
  if (outcome !== 'copied' || typeof next !== 'string') throw unexpectedReply('EVAL');
  return next === '0' ? { outcome, whole: held === copied, commands } : { outcome, next, whole: false, commands };
}
