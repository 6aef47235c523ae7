import type { DeltaCheckpoint, IntervalReason, StreamState } from '../../domain/stream.ts';
import {
  compact,
  flag,
  type Item,
  map,
  number,
  optional,
  readFlag,
  readInstant,
  readMap,
  readNumber,
  readOneOf,
  readText,
  text,
} from './attributes.ts';

/**
 * The stream item, version 1; at most 1 KB, so every cycle's two writes cost one unit each:
 *
 * v version · w watermark · ld loaded · d delta · ho handed-out hashes, joined · lo, le, lt lease: owner, expiry, token
 * of the taking · ct token of the last ending · pa paused · du next due · iv, ir interval and its reason · da discovered
 * · fl failures · er last error · lc last cycle · lf last full by
 * schedule · cc cycle the cache was given · cp checkpoint
 * {c cursor, s since, t started at}: with one, the item may be larger
 */
export const STREAM_ITEM_VERSION = 1;

const REASONS = [
  'configured',
  'schedule',
  'daily-budget',
  'failing',
  'rate-limited',
  'quota-spent',
  'source-down',
] as const satisfies readonly IntervalReason[];
const HASH_END = ',';

export interface StreamItem {
  readonly state: StreamState;
  readonly takenBy: string | undefined;
  readonly endedBy: string | undefined;
}

export function readStream(item: Item): StreamItem {
  return { state: readState(item), takenBy: readText(item, 'lt'), endedBy: readText(item, 'ct') };
}

function readState(item: Item): StreamState {
  const watermark = readInstant(item, 'w');
  const lease = readLease(item);
  const nextDueAt = readInstant(item, 'du');
  const intervalMs = readNumber(item, 'iv');
  const intervalReason = readOneOf(item, 'ir', REASONS);
  const lastError = readText(item, 'er');
  const lastCycleAt = readInstant(item, 'lc');
  const lastFullAt = readInstant(item, 'lf');
  const checkpoint = readCheckpoint(item);
  return {
    ...(watermark !== undefined && { watermark }),
    loaded: readFlag(item, 'ld'),
    delta: readNumber(item, 'd') ?? 0,
    handedOut: readText(item, 'ho')?.split(HASH_END) ?? [],
    ...(lease && { lease }),
    paused: readFlag(item, 'pa'),
    ...(nextDueAt !== undefined && { nextDueAt }),
    ...(intervalMs !== undefined && { intervalMs }),
    ...(intervalReason !== undefined && { intervalReason }),
    failures: readNumber(item, 'fl') ?? 0,
    ...(lastError !== undefined && { lastError }),
    ...(lastCycleAt !== undefined && { lastCycleAt }),
    ...(lastFullAt !== undefined && { lastFullAt }),
    cacheCycle: readNumber(item, 'cc') ?? 0,
    ...(checkpoint && { checkpoint }),
  };
}

function readLease(item: Item): StreamState['lease'] {
  const owner = readText(item, 'lo');
  const expiresAt = readInstant(item, 'le');
  return owner === undefined || expiresAt === undefined ? undefined : { owner, expiresAt };
}

function readCheckpoint(item: Item): DeltaCheckpoint | undefined {
  const stored = readMap(item, 'cp') ?? {};
  const cursor = readText(stored, 'c');
  const since = readInstant(stored, 's');
  const startedAt = readInstant(stored, 't');
  if (cursor === undefined || since === undefined || startedAt === undefined) return undefined;
  return { cursor, since, startedAt };
}

function encodeCheckpoint({ cursor, since, startedAt }: DeltaCheckpoint) {
  return map({ c: text(cursor), s: number(since), t: number(startedAt) });
}

/** What the end of a delta may change; lease, delta number and pause are written by expressions of their own. */
export function encodeStream(state: StreamState): Item {
  return compact({
    w: optional(state.watermark, number),
    ld: state.loaded ? flag(true) : undefined,
    ho: state.handedOut.length > 0 ? text(state.handedOut.join(HASH_END)) : undefined,
    du: optional(state.nextDueAt, number),
    iv: optional(state.intervalMs, number),
    ir: optional(state.intervalReason, text),
    fl: state.failures !== 0 ? number(state.failures) : undefined,
    er: optional(state.lastError, text),
    lc: optional(state.lastCycleAt, number),
    cc: state.cacheCycle !== 0 ? number(state.cacheCycle) : undefined,
    cp: optional(state.checkpoint, encodeCheckpoint),
  });
}
