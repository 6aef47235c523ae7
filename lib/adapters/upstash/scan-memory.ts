import { recordsKey, type StreamLayout, scanKey, stampsKey } from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { OLDEST_STAMP, parseStamp } from '../../domain/stamp.ts';
import type { CachedVersion } from '../../ports/cache.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';

/** Entries asked for at a time: a reply stays below a megabyte. */
const SCAN_COUNT = '5000';

export interface Unseen {
  readonly key: PartitionKey;
  readonly run: string;
  readonly startOrder: number;
  readonly expectedSeen: number;
  readonly layout: StreamLayout;
}

/** What a complete scan did not see; `undefined` when its memory is gone or incomplete. */
export async function findUnseen(client: RedisClient, query: Unseen): Promise<readonly CachedVersion[] | undefined> {
  const seen = new Set(await scanAll(client, 'SSCAN', scanKey(query.key, query.run)));
  seen.delete('#begun');
  if (seen.size < query.expectedSeen) return undefined;
  const stamps = await readStamps(client, query.key);
  const unseen: CachedVersion[] = [];
  for (const [record, stamp] of stamps) {
    if (!seen.has(record) && (parseStamp(stamp)?.order ?? 0) < query.startOrder) unseen.push({ record, stamp });
  }
  return [...unseen, ...(await findUnstamped(client, query, stamps, seen))];
}

async function readStamps(client: RedisClient, key: PartitionKey): Promise<ReadonlyMap<string, string>> {
  const flat = await scanAll(client, 'HSCAN', stampsKey(key));
  const stamps = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const [record = '', stamp = ''] = flat.slice(index, index + 2);
    if (!record.startsWith('#')) stamps.set(record, stamp);
  }
  return stamps;
}

/**
 * Records that readers find though their stamps were lost. Ids alone of a big partition are megabytes, so they are read
 * only when the numbers differ.
 */
async function findUnstamped(
  client: RedisClient,
  { key, layout }: Unseen,
  stamps: ReadonlyMap<string, string>,
  seen: ReadonlySet<string>,
): Promise<readonly CachedVersion[]> {
  const records = recordsKey(layout.partitionKind, key.partition, key.stream);
  if ((await client.send(['HLEN', records])) === stamps.size) return [];
  const ids = texts(await client.send(['HKEYS', records]), 'HKEYS');
  return ids.filter((id) => !stamps.has(id) && !seen.has(id)).map((record) => ({ record, stamp: OLDEST_STAMP }));
}

async function scanAll(client: RedisClient, command: 'SSCAN' | 'HSCAN', key: string): Promise<readonly string[]> {
  const found: string[] = [];
  let cursor = '0';
  do {
    const reply = await client.send([command, key, cursor, 'COUNT', SCAN_COUNT]);
    const [next, page]: readonly unknown[] = Array.isArray(reply) ? reply : [];
    if (typeof next !== 'string') throw unexpectedReply(command);
    for (const text of texts(page, command)) found.push(text);
    cursor = next;
  } while (cursor !== '0');
  return found;
}

function texts(reply: unknown, command: string): readonly string[] {
  if (!Array.isArray(reply) || !reply.every((item) => typeof item === 'string')) throw unexpectedReply(command);
  return reply;
}
