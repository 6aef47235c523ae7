import { NO_SEGMENT, stampsKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import type { Copied, CopyRequest } from '../../ports/cache.ts';
import copyRecords from './copy-records.lua';
import { fenceArgument, LuaScript } from './lua-script.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { LOOKED, segmentsOf } from './segment-keys.ts';

const SCRIPT = new LuaScript(copyRecords);
const COPIED_AT_ONCE = 1_000;

/** Where a key is copied from its beginning on: unlike the beginning of all, it removes nothing. */
const KEY_BEGINS = '0';

/**
 * One page of one key. Billed commands per page: 4, + 1 for a new fence, + 1 for the first page, + 2 for the last; with
 * segments 6, and on the last page + 2 for each.
 */
export async function copyPage(client: RedisClient, request: CopyRequest): Promise<Copied> {
  return run(client, request, COPIED_AT_ONCE);
}

/** Removes what the other layout holds, in whatever segments: who asks need not know of any. */
export async function dropCopy(client: RedisClient, request: Omit<CopyRequest, 'cursor'>): Promise<Copied> {
  return run(client, { ...request, layout: { ...request.layout, segmented: true } }, 0);
}

async function run(client: RedisClient, request: CopyRequest, count: number): Promise<Copied> {
  const { key, layout, to, fence } = request;
  const segments = await segmentsOf(client, key, layout);
  const looked = layout.segmented === true ? LOOKED : 0;
  const { segment, cursor } = parseCursor(request.cursor);
  const place = segments.indexOf(segment);
  if (place < 0) return { outcome: 'lost', commands: looked };
  const keysIn = (version: number) => segments.map((named) => versionedRecordsKey(key, { ...layout, version }, named));
  const { reply, requests } = await SCRIPT.run(
    client,
    [stampsKey(key), ...keysIn(layout.version), ...keysIn(to)],
    [fenceArgument(fence), cursor, String(count), String(1 + place)],
  );
  const [outcome, calls, next, held, copied]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof calls !== 'number') throw unexpectedReply('EVAL');
  const commands = calls + requests + looked;
  if (outcome === 'fenced' || outcome === 'lost') return { outcome, commands };
  if (outcome !== 'copied' || typeof next !== 'string') throw unexpectedReply('EVAL');
  const after = segments[place + 1];
  if (next !== '0') return { outcome, next: formatCursor(segment, next), whole: false, commands };
  if (after === undefined || count === 0) return { outcome, whole: held === copied, commands };
  return { outcome, next: formatCursor(after, KEY_BEGINS), whole: false, commands };
}

function formatCursor(segment: string, cursor: string): string {
  return segment === NO_SEGMENT ? cursor : `${segment}:${cursor}`;
}

function parseCursor(text = ''): { readonly segment: string; readonly cursor: string } {
  const [cursor = '', segment = NO_SEGMENT] = text.split(':').toReversed();
  return { segment, cursor };
}
