import {
  bucketField,
  locatorKey,
  metaKey,
  NO_SEGMENT,
  type StreamLayout,
  scanKey,
  stampsKey,
  versionedRecordsKey,
} from '../../domain/cache-layout.ts';
import { addRecord, type BucketDigest, bucketOf, EMPTY_BUCKET, formatBucket } from '../../domain/digest.ts';
import { toIso } from '../../domain/instant.ts';
import { digestPartsOf, OLDEST_STAMP } from '../../domain/stamp.ts';
import { writeMark } from '../../domain/stored-stamp.ts';
import type { ApplyReply, ApplyRequest, Moved, PartitionMeta } from '../../ports/cache-apply.ts';
import script from './apply.lua';
import type { ApplyPage, PreparedRecord } from './apply-pages.ts';
import { fenceArgument, LuaScript } from './lua-script.ts';
import type { RedisClient } from './redis-client.ts';
import { unexpectedReply } from './redis-failure.ts';
import { texts } from './redis-scan.ts';

const SCRIPT = new LuaScript(script);
/** Instead of the mark of what is gone: only where the record was found. */
const WHERE_FOUND = '.-';
/** Instead of the stamp of what is included again: what its locator, if it has one, has from then on. */
const LIFTED = `${OLDEST_STAMP}.+0`;
/** `0`: from there on 64 characters that every text can hold. */
const FIRST_PLACE = 48;
/** A full that has not ended by then begins anew. */
const SCAN_MEMORY_SECONDS = 7 * 86_400;

/** What became of one page; the caller knows which records it left out. */
export type PageReply = DistributiveOmit<ApplyReply, 'tooLarge'>;

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Each time the script names what it lacks; more often only if others write in between. */
const MOST_ATTEMPTS = 5;

/**
 * Runs the script over one page, all segments of which it writes at once. Where it has to touch a segment that no record
 * of the page names, it says so, and is run again: two commands more.
 * @param seen ids that the scan has seen besides the page's own
 */
export async function applyPage(
  client: RedisClient,
  request: ApplyRequest,
  page: ApplyPage,
  seen: readonly string[],
): Promise<PageReply> {
  let segments = namedBy(page.records.map(({ segment }) => segment));
  let spent = 0;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const { keys, args } = scriptInput(request, page, segments, seen);
    const { reply, requests } = await SCRIPT.run(client, keys, args);
    const values: readonly unknown[] = Array.isArray(reply) ? reply : [];
    if (values[0] !== 'segments') return readReply(values, spent + requests - 1);
    spent += requests - 1 + integerAt(values, 1);
    segments = namedBy([...segments, ...texts(values.slice(2), 'EVAL')]);
  }
  throw unexpectedReply('EVAL');
}

function namedBy(segments: readonly string[]): readonly string[] {
  return [...new Set(segments)].filter((segment) => segment !== NO_SEGMENT);
}

interface ScriptInput {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

function scriptInput(
  request: ApplyRequest,
  page: ApplyPage,
  segments: readonly string[],
  seen: readonly string[],
): ScriptInput {
  const { key, layout, scan, meta, beside } = request;
  const told = page.last ? toldValues(layout, meta) : [];
  const ids = [
    ...page.records.map(({ id }) => id),
    ...[...page.removals, ...page.forgotten, ...page.left].map(([id]) => id),
    ...page.included,
  ];
  const { fields: buckets, additions, places } = bucketsOf(ids, page.records);
  const alsoSeen = scan === undefined ? [] : seen;
  const keys = [
    stampsKey(key),
    versionedRecordsKey(key, layout),
    metaKey(layout.partitionKind, key.partition, key.stream),
    ...(scan === undefined ? [] : [scanKey(key, scan)]),
    ...(layout.locators ? ids.map((id) => locatorKey(key.connection, key.stream, id)) : []),
    ...segments.map((segment) => versionedRecordsKey(key, layout, segment)),
    ...(beside === undefined ? [] : besideKeys(request, beside.version, segments)),
  ];
  const marked = [...page.forgotten, ...page.left, ...page.included];
  const counted = [told, buckets, page.records, page.removals, marked, alsoSeen];
  const args = [
    fenceArgument(request.fence),
    request.create ? '1' : '0',
    request.keep ? 'k' : request.verify ? '1' : '0',
    layout.locators ? key.partition : '',
    scan === undefined ? '0' : String(SCAN_MEMORY_SECONDS),
    toIso(meta.lastSync),
    places,
    ...counted.map(({ length }) => String(length)),
    beside?.becomes ?? '',
    layout.segmented === true || segments.length > 0 ? String(segments.length) : '',
    partsOf(page.records, segments),
    ...segments,
    '#fence',
    '#count',
    '#segments',
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

function besideKeys({ key, layout }: ApplyRequest, version: number, segments: readonly string[]): readonly string[] {
  return [NO_SEGMENT, ...segments].map((segment) => versionedRecordsKey(key, { ...layout, version }, segment));
}

const PART_DIGITS = 4;

/** Per record, the place of its segment among those that are named, counted from 1; 0 for none. */
function partsOf(records: readonly PreparedRecord[], segments: readonly string[]): string {
  if (segments.length === 0) return '';
  const places = new Map(segments.map((segment, index) => [segment, String(index + 1).padStart(PART_DIGITS, '0')]));
  return records.map(({ segment }) => places.get(segment) ?? '0'.repeat(PART_DIGITS)).join('');
}

/** As they are to be stored; those of removals are only compared. */
function stampsOf({ path, meta }: ApplyRequest, page: ApplyPage): readonly string[] {
  const { records, removals, forgotten, left, included } = page;
  const written = new Map<string, string>();
  for (const { segment } of records) written.set(segment, '');
  for (const segment of written.keys()) written.set(segment, writeMark(path, meta.lastSync, segment));
  const buried = writeMark('forgotten', meta.lastSync);
  const gone = writeMark('gone', meta.lastSync);
  return [
    ...records.map(({ stamp, segment }) => stamp + (written.get(segment) ?? '')),
    ...removals.map(([, stamp]) => stamp),
    ...forgotten.map(([, stamp]) => stamp + buried),
    ...left.map(([, { stamp, lasting }]) => stamp + (lasting ? gone : gone.replace('.g', WHERE_FOUND))),
    ...included.map(() => LIFTED),
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

function readReply(values: readonly unknown[], extraCommands: number): PageReply {
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
