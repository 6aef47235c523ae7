import { locatorKey, metaKey, type StreamLayout, stampsKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import dropLocators from './drop-locators.lua';
import dropPartition from './drop-partition.lua';
import { fenceArgument, LuaScript } from './lua-script.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { readFields, texts } from './redis-scan.ts';
import { readStamps } from './stored-stamps.ts';

const LOCATORS = new LuaScript(dropLocators);
const PARTITION = new LuaScript(dropPartition);
const LOCATORS_AT_ONCE = 1_000;

export type Dropped = { readonly outcome: 'dropped'; readonly removed: number } | { readonly outcome: 'fenced' };

/** Removes a partition: locators first, while it is still known which; a call that was broken off can be repeated. */
export async function dropPartitionKeys(
  client: RedisClient,
  key: PartitionKey,
  layout: StreamLayout,
  fence: number,
): Promise<Dropped> {
  const records = await recordsHeld(client, key, layout);
  const ids = layout.locators ? await idsOf(client, key, records) : [];
  for (let start = 0; start < ids.length; start += LOCATORS_AT_ONCE) {
    const page = ids.slice(start, start + LOCATORS_AT_ONCE);
    const locators = page.map((id) => locatorKey(key.connection, key.stream, id));
    const { reply } = await LOCATORS.run(client, [stampsKey(key), ...locators], [fenceArgument(fence), key.partition]);
    if (reply === 'fenced') return { outcome: 'fenced' };
    if (reply !== 'dropped') throw unexpectedReply('EVAL');
  }
  const keys = [stampsKey(key), metaKey(layout.partitionKind, key.partition, key.stream), ...records];
  const { reply } = await PARTITION.run(client, keys, [fenceArgument(fence)]);
  const [outcome, removed]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (outcome === 'fenced') return { outcome };
  if (outcome !== 'dropped' || typeof removed !== 'number') throw unexpectedReply('EVAL');
  return { outcome, removed };
}

/** Nobody may be left to tell which layout a partition had but itself. */
async function recordsHeld(client: RedisClient, key: PartitionKey, layout: StreamLayout): Promise<readonly string[]> {
  const [told] = await readFields(client, stampsKey(key), ['#layout']);
  const version = Number(told ?? layout.version);
  return [...new Set([layout.version, version])].map((held) => versionedRecordsKey(key, { ...layout, version: held }));
}

/** Of all records that have a stamp, a tombstone, or a body without either. */
async function idsOf(client: RedisClient, key: PartitionKey, records: readonly string[]): Promise<readonly string[]> {
  const { live, tombstones } = await readStamps(client, key);
  const bodies: string[] = [];
  for (const name of records) bodies.push(...texts(await client.send(['HKEYS', name]), 'HKEYS'));
  return [...new Set([...live.keys(), ...tombstones, ...bodies])];
}
