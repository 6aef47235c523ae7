import { locatorKey, metaKey, type StreamLayout, stampsKey, versionedRecordsKey } from '../../domain/cache-layout.ts';
import type { PartitionKey } from '../../domain/names.ts';
import dropLocators from './drop-locators.lua';
import dropPartition from './drop-partition.lua';
import { fenceArgument, LuaScript } from './lua-script.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { readFields, texts } from './redis-scan.ts';
import { toldSegments, withNone } from './segment-keys.ts';
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
  const held = await recordsHeld(client, key, layout);
  const records = held.layouts.flat();
  const ids = layout.locators ? await idsOf(client, key, records) : [];
  for (let start = 0; start < ids.length; start += LOCATORS_AT_ONCE) {
    const page = ids.slice(start, start + LOCATORS_AT_ONCE);
    const locators = page.map((id) => locatorKey(key.connection, key.stream, id));
    const { reply } = await LOCATORS.run(client, [stampsKey(key), ...locators], [fenceArgument(fence), key.partition]);
    if (reply === 'fenced') return { outcome: 'fenced' };
    if (reply !== 'dropped') throw unexpectedReply('EVAL');
  }
  const keys = [stampsKey(key), metaKey(layout.partitionKind, key.partition, key.stream), ...records];
  const { reply } = await PARTITION.run(client, keys, [fenceArgument(fence), String(held.segments)]);
  const [outcome, removed]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (outcome === 'fenced') return { outcome };
  if (outcome !== 'dropped' || typeof removed !== 'number') throw unexpectedReply('EVAL');
  return { outcome, removed };
}

interface RecordsHeld {
  /** Per layout, the keys of its records. */
  readonly layouts: readonly (readonly string[])[];
  /** Keys per layout. */
  readonly segments: number;
}

/** Nobody may be left to tell which layout and which segments a partition had but itself. */
async function recordsHeld(client: RedisClient, key: PartitionKey, layout: StreamLayout): Promise<RecordsHeld> {
  const [fence, told, named] = await readFields(client, stampsKey(key), ['#fence', '#layout', '#segments']);
  const segments = fence === undefined ? await toldSegments(client, key, layout) : withNone(named);
  const versions = new Set([layout.version, Number(told ?? layout.version)]);
  const layouts = Array.from(versions, (version) =>
    segments.map((segment) => versionedRecordsKey(key, { ...layout, version }, segment)),
  );
  return { layouts, segments: segments.length };
}

/** Of all records that have a stamp, a tombstone, or a body without either. */
async function idsOf(client: RedisClient, key: PartitionKey, records: readonly string[]): Promise<readonly string[]> {
  const { live, tombstones } = await readStamps(client, key);
  const bodies: string[] = [];
  for (const name of records) bodies.push(...texts(await client.send(['HKEYS', name]), 'HKEYS'));
  return [...new Set([...live.keys(), ...tombstones, ...bodies])];
}
