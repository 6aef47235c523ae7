import { createHash } from 'node:crypto';
import { CACHE_LAYOUT, locatorKey, metaKey, recordsKey, scanKey, stampsKey } from '../../domain/cache-layout.ts';
import { toIso } from '../../domain/instant.ts';
import type { ApplyReply, ApplyRequest, Moved, PartitionMeta } from '../../ports/cache.ts';
import script from './apply.lua';
import type { ApplyPage } from './apply-pages.ts';
import type { RedisClient } from './redis-client.ts';
import { isUnknownScript, unexpectedReply } from './redis-failure.ts';

const DIGEST = createHash('sha1').update(script).digest('hex');
const FENCE_DIGITS = 16;
/** A full that has not ended by then begins anew. */
const SCAN_MEMORY_SECONDS = 7 * 86_400;

/** What became of one page; the caller knows which records it left out. */
export type PageReply = DistributiveOmit<ApplyReply, 'tooLarge'>;

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/**
 * Runs the script over one page: one request, and a second only where Redis does not hold the script yet.
 * @param seen ids that the scan has seen besides the page's own
 */
export async function applyPage(
  client: RedisClient,
  request: ApplyRequest,
  page: ApplyPage,
  seen: readonly string[],
): Promise<PageReply> {
  const args = scriptArguments(request, page, seen);
  try {
    return readReply(await client.send(['EVALSHA', DIGEST, ...args]), 0);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return readReply(await client.send(['EVAL', script, ...args]), 1);
  }
}

function scriptArguments(request: ApplyRequest, page: ApplyPage, seen: readonly string[]): readonly string[] {
  const { key, layout, scan } = request;
  const { records, removals } = page;
  const told = page.last ? toldValues(request.meta) : [];
  const alsoSeen = scan === undefined ? [] : seen;
  const locators = layout.locators
    ? [...records.map(({ id }) => id), ...removals.map(([id]) => id)].map((id) =>
        locatorKey(key.connection, key.stream, id),
      )
    : [];
  const keys = [
    stampsKey(key),
    recordsKey(layout.partitionKind, key.partition, key.stream),
    metaKey(layout.partitionKind, key.partition, key.stream),
    ...(scan === undefined ? [] : [scanKey(key, scan)]),
    ...locators,
  ];
  return [
    String(keys.length),
    ...keys,
    String(request.fence).padStart(FENCE_DIGITS, '0'),
    request.create ? '1' : '0',
    request.verify ? '1' : '0',
    layout.locators ? key.partition : '',
    scan === undefined ? '0' : String(SCAN_MEMORY_SECONDS),
    toIso(request.meta.lastSync),
    ...[told, records, removals, alsoSeen].map(({ length }) => String(length)),
    ...told.flat(),
    ...records.flatMap(({ id, stamp, body }) => [id, stamp, body]),
    ...removals.flat(),
    ...alsoSeen,
  ];
}

function toldValues(meta: PartitionMeta): readonly (readonly [name: string, value: string])[] {
  return [
    ['layout', String(CACHE_LAYOUT)],
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
