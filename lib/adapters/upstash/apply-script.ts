import {
  bucketField,
  locatorKey,
  metaKey,
  type StreamLayout,
  scanKey,
  stampsKey,
  versionedRecordsKey,
} from '../../domain/cache-layout.ts';
import { addRecord, type BucketDigest, bucketOf, EMPTY_BUCKET, formatBucket } from '../../domain/digest.ts';
import { toIso } from '../../domain/instant.ts';
import { digestPartsOf } from '../../domain/stamp.ts';
import { writeMark } from '../../domain/stored-stamp.ts';
import type { ApplyReply, ApplyRequest, Moved, PartitionMeta } from '../../ports/cache.ts';
import script from './apply.lua';
import type { ApplyPage, PreparedRecord } from './apply-pages.ts';
import { fenceArgument, LuaScript } from './lua-script.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';

const SCRIPT = new LuaScript(script);
/** Instead of the mark of what is gone: only where the record was found. */
const WHERE_FOUND = '.-';
/** `0`: from there on 64 characters that every text can hold. */
const FIRST_PLACE = 48;
/** A full that has not ended by then begins anew. */
const SCAN_MEMORY_SECONDS = 7 * 86_400;

/** What became of one page; the caller knows which records it left out. */
export type PageReply = DistributiveOmit<ApplyReply, 'tooLarge'>;

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/**
 * Runs the script over one page.
 * @param seen ids that the scan has seen besides the page's own
 */
export async function applyPage(
  client: RedisClient,
  request: ApplyRequest,
  page: ApplyPage,
  seen: readonly string[],
): Promise<PageReply> {
  const { keys, args } = scriptInput(request, page, seen);
  const { reply, requests } = await SCRIPT.run(client, keys, args);
  return readReply(reply, requests - 1);
}

interface ScriptInput {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

function scriptInput(request: ApplyRequest, page: ApplyPage, seen: readonly string[]): ScriptInput {
  const { key, layout, scan, meta, beside } = request;
  const told = page.last ? toldValues(layout, meta) : [];
  const ids = [
    ...page.records.map(({ id }) => id),
    ...[...page.removals, ...page.forgotten, ...page.left].map(([id]) => id),
  ];
  const { fields: buckets, additions, places } = bucketsOf(ids, page.records);
  const alsoSeen = scan === undefined ? [] : seen;
  const keys = [
    stampsKey(key),
    versionedRecordsKey(key, layout),
    metaKey(layout.partitionKind, key.partition, key.stream),
    ...(scan === undefined ? [] : [scanKey(key, scan)]),
    ...(layout.locators ? ids.map((id) => locatorKey(key.connection, key.stream, id)) : []),
    ...(beside === undefined ? [] : [versionedRecordsKey(key, { ...layout, version: beside.version })]),
  ];
  const marked = [...page.forgotten, ...page.left];
  const counted = [told, buckets, page.records, page.removals, marked, alsoSeen];
  const args = [
    fenceArgument(request.fence),
    request.create ? '1' : '0',
    request.verify ? '1' : '0',
    layout.locators ? key.partition : '',
    scan === undefined ? '0' : String(SCAN_MEMORY_SECONDS),
    toIso(meta.lastSync),
    places,
    ...counted.map(({ length }) => String(length)),
    beside?.becomes ?? '',
    '#fence',
    '#count',
    ...told.map(([name]) => `#${name}`),
    ...buckets,
    ...ids,
    ...told.map(([, value]) => value),
    ...additions,
    ...stampsOf(request, page),
    ...page.records.map(({ body }) => body),
    ...alsoSeen,
  ];
  return { keys, args };
}

/** As they are to be stored; those of removals are only compared. */
function stampsOf({ path, meta }: ApplyRequest, { records, removals, forgotten, left }: ApplyPage): readonly string[] {
  const written = writeMark(path, meta.lastSync);
  const buried = writeMark('forgotten', meta.lastSync);
  const gone = writeMark('gone', meta.lastSync);
  return [
    ...records.map(({ stamp }) => stamp + written),
    ...removals.map(([, stamp]) => stamp),
    ...forgotten.map(([, stamp]) => stamp + buried),
    ...left.map(([, { stamp, lasting }]) => stamp + (lasting ? gone : gone.replace('.g', WHERE_FOUND))),
  ];
}

interface TouchedBuckets {
  readonly fields: readonly string[];
  /** Per bucket, what all records of the page add to it. */
  readonly additions: readonly string[];
  /** Per item, the place of its bucket among them. */
  readonly places: string;
}

function bucketsOf(ids: readonly string[], records: readonly PreparedRecord[]): TouchedBuckets {
  const placeOf = new Map<number, number>();
  const additions: BucketDigest[] = [];
  let places = '';
  for (const id of ids) {
    const bucket = bucketOf(id);
    const place = placeOf.get(bucket) ?? placeOf.size;
    if (place === placeOf.size) placeOf.set(bucket, place);
    const sum = additions[place] ?? EMPTY_BUCKET;
    const record = records[places.length];
    additions[place] = record === undefined ? sum : addRecord(sum, digestPartsOf(record.stamp));
    places += String.fromCharCode(FIRST_PLACE + place);
  }
  return { fields: Array.from(placeOf.keys(), bucketField), additions: additions.map(formatBucket), places };
}

function toldValues(
  { version }: StreamLayout,
  meta: PartitionMeta,
): readonly (readonly [name: string, value: string])[] {
  return [
    ['layout', String(version)],
    ['loaded', String(meta.loaded)],
    ['pending', String(meta.pending)],
    ...(meta.watermark === undefined ? [] : [['watermark', toIso(meta.watermark)] as const]),
    ...(meta.applied === undefined ? [] : [['applied', String(meta.applied)] as const]),
  ];
}

function readReply(reply: unknown, extraCommands: number): PageReply {
  const values: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const [outcome] = values;
  if (outcome === 'fenced' || outcome === 'lost') return { outcome, commands: integerAt(values, 1) + extraCommands };
  if (outcome !== 'applied') throw unexpectedReply('EVAL');
  return {
    outcome,
    added: integerAt(values, 1),
    updated: integerAt(values, 2),
    unchanged: integerAt(values, 3),
    superseded: integerAt(values, 4),
    removed: integerAt(values, 5),
    count: integerAt(values, 6),
    commands: integerAt(values, 7) + extraCommands,
    movedFrom: readMoves(values.slice(8)),
  };
}

function readMoves(texts: readonly unknown[]): readonly Moved[] {
  const moves: Moved[] = [];
  for (let index = 0; index < texts.length; index += 3) {
    const [record, from, stamp] = texts.slice(index, index + 3);
    if (typeof record !== 'string' || typeof from !== 'string' || typeof stamp !== 'string')
      throw unexpectedReply('EVAL');
    moves.push({ record, from, stamp });
  }
  return moves;
}

function integerAt(values: readonly unknown[], index: number): number {
  const value = values[index];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw unexpectedReply('EVAL');
  return value;
}
