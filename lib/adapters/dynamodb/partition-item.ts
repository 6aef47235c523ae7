import { isDeepStrictEqual } from 'node:util';
import { TABLE_KEYS } from '../../config/environment.ts';
import { type Lease, NO_TOTALS, type PartitionState, type Pending } from '../../domain/partition.ts';
import type { UnfinishedPartition } from '../../domain/unfinished.ts';
import {
  compact,
  flag,
  type Item,
  number,
  numbers,
  optional,
  readFlag,
  readInstant,
  readNumber,
  readNumbers,
  readText,
  readTexts,
  text,
  texts,
} from './attributes.ts';
import { PARTITION_PREFIX } from './keys.ts';
import { encodeTotals, readTotals } from './ledger-attributes.ts';
import { encodeFull, encodeLastRun, encodeWish, readFull, readLastRun, readWish } from './partition-work.ts';

/**
 * The partition item, version 1. Names are short because they count as bytes of every write unit:
 *
 * v version · cr token of the call that created it · ti title · w watermark · ld loaded · ca cached · ly layout · f fence ·
 * lo, le, lt lease: owner, expiry, token of the taking · ct token of the last commit · m marks (see below) ·
 * ps, op, mk, mv, hm, rb pending: since, open, marked, moved, whether any moved, rebuild · fr, fa, fw force: run, instant, wish ·
 * cn run to be cancelled · xf full checkpoint · so scan order · n count · fl failures · la, lr last run, its instant · to totals
 *
 * `m` counts the writes that were made without the lease, and what was asked for under it; `rb` holds the count at
 * which a rebuild was last asked for. `hm` and `lr` repeat what is in `mv` and `la`, which are too long for the index.
 * A flag, zero or nothing is not stored at all.
 */
export const PARTITION_ITEM_VERSION = 1;

export interface PartitionItem {
  readonly state: PartitionState;
  readonly marks: number;
  readonly createdBy: string | undefined;
  readonly takenBy: string | undefined;
  readonly committedBy: string | undefined;
}

export function readPartition(item: Item): PartitionItem {
  return {
    state: readState(item),
    marks: readNumber(item, 'm') ?? 0,
    createdBy: readText(item, 'cr'),
    takenBy: readText(item, 'lt'),
    committedBy: readText(item, 'ct'),
  };
}

function readState(item: Item): PartitionState {
  const title = readText(item, 'ti');
  const watermark = readInstant(item, 'w');
  const layout = readNumber(item, 'ly');
  const lease = readLease(item);
  const force = readForce(item);
  const cancel = readText(item, 'cn');
  const full = readFull(item, 'xf');
  const lastRun = readLastRun(item, 'la');
  const unfinishedSince = readInstant(item, TABLE_KEYS.indexSortKey);
  return {
    id: partitionId(item),
    ...(title !== undefined && { title }),
    ...(watermark !== undefined && { watermark }),
    loaded: readFlag(item, 'ld'),
    cached: readFlag(item, 'ca'),
    ...(layout !== undefined && { layout }),
    fence: readNumber(item, 'f') ?? 0,
    ...(lease && { lease }),
    pending: readPending(item),
    ...(force && { force }),
    ...(cancel !== undefined && { cancel }),
    ...(full && { full }),
    scanOrder: readNumber(item, 'so') ?? 0,
    count: readNumber(item, 'n') ?? 0,
    failures: readNumber(item, 'fl') ?? 0,
    ...(lastRun && { lastRun }),
    totals: readTotals(item, 'to'),
    ...(unfinishedSince !== undefined && { unfinishedSince }),
  };
}

function partitionId(item: Item): string {
  return (readText(item, TABLE_KEYS.sortKey) ?? '').slice(PARTITION_PREFIX.length);
}

function readLease(item: Item): Lease | undefined {
  const owner = readText(item, 'lo');
  const expiresAt = readInstant(item, 'le');
  return owner === undefined || expiresAt === undefined ? undefined : { owner, expiresAt };
}

function readForce(item: Item): PartitionState['force'] {
  const run = readText(item, 'fr');
  const at = readInstant(item, 'fa');
  if (run === undefined || at === undefined) return undefined;
  const wish = readWish(item, 'fw');
  return { run, at, ...(wish && { wish }) };
}

function readPending(item: Item): Pending {
  const since = readInstant(item, 'ps');
  const rebuilds = readNumber(item, 'rb') ?? 0;
  return {
    ...(since !== undefined && { since }),
    open: readNumbers(item, 'op'),
    marked: readNumber(item, 'mk') ?? 0,
    moved: readMoved(item),
    rebuild: rebuilds > 0,
    rebuilds,
  };
}

const STAMP_END = ' ';

/**
 * Moved records are a set of `{stamp} {record id}`: adding to a set commutes, so marks need neither a lease nor a
 * read. A record that moved twice is in it twice; its newest stamp counts.
 */
export function movedEntries(moved: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(moved).map(([record, stamp]) => `${stamp}${STAMP_END}${record}`);
}

function readMoved(item: Item): Readonly<Record<string, string>> {
  const moved = new Map<string, string>();
  // Sorted by stamp, so that the newest of a record comes last; ids may hold blanks, stamps do not.
  for (const entry of readTexts(item, 'mv').toSorted()) {
    const end = entry.indexOf(STAMP_END);
    if (end > 0) moved.set(entry.slice(end + 1), entry.slice(0, end));
  }
  return Object.fromEntries(moved);
}

/** An entry of the index of unfinished work: the keys of a partition's item and copies of some attributes. */
export function readUnfinished(entry: Item): UnfinishedPartition | undefined {
  const since = readInstant(entry, TABLE_KEYS.indexSortKey);
  if (since === undefined) return undefined;
  const incomplete = (readNumber(entry, 'rb') ?? 0) > 0 || readFlag(entry, 'hm');
  const lastRunAt = readInstant(entry, 'lr');
  return {
    id: partitionId(entry),
    since,
    // As long as deltas are open, the item says since when.
    pending: incomplete || entry.ps !== undefined,
    marked: readNumber(entry, 'mk') ?? 0,
    incomplete,
    failures: readNumber(entry, 'fl') ?? 0,
    ...(lastRunAt !== undefined && { lastRunAt }),
  };
}

/** What a commit may change; the lease, the fence, the title and the marks are written by expressions of their own. */
export function encodePartition(state: PartitionState): Item {
  const { pending } = state;
  const moved = movedEntries(pending.moved);
  return compact({
    w: optional(state.watermark, number),
    ld: state.loaded ? flag(true) : undefined,
    ca: state.cached ? flag(true) : undefined,
    ly: optional(state.layout, number),
    ps: optional(pending.since, number),
    op: pending.open.length > 0 ? numbers(pending.open) : undefined,
    mv: moved.length > 0 ? texts(moved) : undefined,
    hm: moved.length > 0 ? flag(true) : undefined,
    rb: pending.rebuilds > 0 ? number(pending.rebuilds) : undefined,
    fr: optional(state.force?.run, text),
    fa: optional(state.force?.at, number),
    fw: optional(state.force?.wish, encodeWish),
    cn: optional(state.cancel, text),
    xf: optional(state.full, encodeFull),
    so: state.scanOrder !== 0 ? number(state.scanOrder) : undefined,
    n: state.count !== 0 ? number(state.count) : undefined,
    fl: state.failures !== 0 ? number(state.failures) : undefined,
    la: optional(state.lastRun, encodeLastRun),
    lr: optional(state.lastRun?.at, number),
    to: isDeepStrictEqual(state.totals, NO_TOTALS) ? undefined : encodeTotals(state.totals),
  });
}
