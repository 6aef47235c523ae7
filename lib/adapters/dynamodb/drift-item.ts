import { TABLE_KEYS } from '../../config/environment.ts';
import { DRIFT_IDS, type DriftReport, NO_DRIFT } from '../../domain/drift.ts';
import { EPOCH } from '../../domain/instant.ts';
import type { StreamKey } from '../../domain/names.ts';
import {
  compact,
  flag,
  type Item,
  list,
  map,
  number,
  readFlag,
  readInstant,
  readList,
  readMap,
  readNumber,
  readText,
  text,
} from './attributes.ts';
import { DRIFT_PREFIX } from './keys.ts';
import { encodeDrift, readDrift } from './ledger-attributes.ts';

/**
 * The drift item, version 1: v version · rn run · at instant · dr counts · id ids: m missing, s stale, e extra, c corrupt ·
 * rp repaired · sw swept · cm compared · sc source calls · cc cache commands.
 */
export const DRIFT_ITEM_VERSION = 1;

/** Of the ids of one kind, in bytes: an item holds 400 KB, and a listing reads 1 MB at a time. */
const ID_BYTES = 50_000;

export function encodeDriftReport(report: DriftReport): Item {
  return compact({
    v: number(DRIFT_ITEM_VERSION),
    rn: text(report.run),
    at: number(report.at),
    dr: encodeDrift(report.counts),
    id: map({
      m: encodeIds(report.ids.missing),
      s: encodeIds(report.ids.stale),
      e: encodeIds(report.ids.extra),
      c: encodeIds(report.ids.corrupt),
    }),
    rp: report.repaired ? flag(true) : undefined,
    sw: number(report.swept),
    cm: number(report.compared),
    sc: number(report.sourceCalls),
    cc: number(report.cacheCommands),
  });
}

export function readDriftReport(item: Item, { connection, stream }: StreamKey): DriftReport {
  const ids = readMap(item, 'id') ?? {};
  return {
    connection,
    stream,
    partition: (readText(item, TABLE_KEYS.sortKey) ?? '').slice(DRIFT_PREFIX.length),
    run: readText(item, 'rn') ?? '',
    at: readInstant(item, 'at') ?? EPOCH,
    counts: readDrift(item, 'dr') ?? NO_DRIFT,
    ids: {
      missing: readIds(ids, 'm'),
      stale: readIds(ids, 's'),
      extra: readIds(ids, 'e'),
      corrupt: readIds(ids, 'c'),
    },
    repaired: readFlag(item, 'rp'),
    swept: readNumber(item, 'sw') ?? 0,
    compared: readNumber(item, 'cm') ?? 0,
    sourceCalls: readNumber(item, 'sc') ?? 0,
    cacheCommands: readNumber(item, 'cc') ?? 0,
  };
}

/** As many of the first as there is room for. */
function encodeIds(ids: readonly string[]) {
  let bytes = 0;
  const fitting = ids.slice(0, DRIFT_IDS).filter((id) => {
    bytes += Buffer.byteLength(id);
    return bytes <= ID_BYTES;
  });
  return list(fitting.map(text));
}

function readIds(item: Item, name: string): readonly string[] {
  return readList(item, name).flatMap(({ S: id }) => (id === undefined ? [] : [id]));
}
