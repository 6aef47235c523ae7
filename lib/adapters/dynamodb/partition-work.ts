import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { RunOutcome } from '../../domain/ledger.ts';
import type { ForceWish, FullCheckpoint, LastRun, NewsRead } from '../../domain/partition.ts';
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
import { encodeDrift, encodeLedger, encodeProgress, readDrift, readLedger, readProgress } from './ledger-attributes.ts';

export const OUTCOMES = [
  'succeeded',
  'partial',
  'rate-limited',
  'fenced',
  'cancelled',
  'failed',
] as const satisfies readonly RunOutcome[];
const TASKS = ['apply', 'window', 'full', 'walk', 'audit', 'import'] as const satisfies readonly LastRun['task'][];
const PHASES = ['inside', 'read', 'finish', 'copy', 'switch'] as const satisfies readonly FullCheckpoint['phase'][];

export function encodeWish(wish: ForceWish): AttributeValue {
  return map(
    compact({
      a: optional(wish.approved, number),
      p: optional(wish.plan, text),
      r: optional(wish.repair, flag),
      d: optional(wish.deep, flag),
    }),
  );
}

export function readWish(item: Item, name: string): ForceWish | undefined {
  const stored = readMap(item, name);
  if (!stored) return undefined;
  const approved = readNumber(stored, 'a');
  const plan = readText(stored, 'p');
  return {
    ...(approved !== undefined && { approved }),
    ...(plan !== undefined && { plan }),
    ...(stored.r && { repair: readFlag(stored, 'r') }),
    ...(stored.d && { deep: readFlag(stored, 'd') }),
  };
}

export function encodeFull(full: FullCheckpoint): AttributeValue {
  return map(
    compact({
      r: text(full.run),
      n: optional(full.attempt, number),
      c: optional(full.cursor, text),
      o: optional(full.startOrder, number),
      s: optional(full.startedAt, number),
      m: optional(full.startMarked, number),
      b: optional(full.startRebuilds, number),
      w: optional(full.wish, encodeWish),
      z: optional(full.lastOrder, number),
      h: optional(full.heldDeletions, number),
      d: optional(full.drift, encodeDrift),
      y: optional(full.layout, number),
      g: optional(full.progress, encodeProgress),
      e: optional(full.news, encodeNews),
      l: encodeLedger(full.ledger),
      p: text(full.phase),
    }),
  );
}

function encodeNews({ upTo, lookedAt }: NewsRead): AttributeValue {
  return map({ u: number(upTo), a: number(lookedAt) });
}

function readNews(item: Item, name: string): NewsRead | undefined {
  const stored = readMap(item, name);
  const upTo = stored && readInstant(stored, 'u');
  const lookedAt = stored && readInstant(stored, 'a');
  return upTo === undefined || lookedAt === undefined ? undefined : { upTo, lookedAt };
}

/** A checkpoint without a run is none. One of an unknown phase reads as being read: reading again is always safe. */
export function readFull(item: Item, name: string): FullCheckpoint | undefined {
  const stored = readMap(item, name);
  const run = stored && readText(stored, 'r');
  if (!stored || run === undefined) return undefined;
  const attempt = readNumber(stored, 'n');
  const cursor = readText(stored, 'c');
  const startOrder = readNumber(stored, 'o');
  const startedAt = readInstant(stored, 's');
  const startMarked = readNumber(stored, 'm');
  const startRebuilds = readNumber(stored, 'b');
  const wish = readWish(stored, 'w');
  const heldDeletions = readNumber(stored, 'h');
  const drift = readDrift(stored, 'd');
  const lastOrder = readNumber(stored, 'z');
  const layout = readNumber(stored, 'y');
  const progress = readProgress(stored, 'g');
  const news = readNews(stored, 'e');
  return {
    run,
    ...(attempt !== undefined && { attempt }),
    ...(cursor !== undefined && { cursor }),
    ...(startOrder !== undefined && { startOrder }),
    ...(startedAt !== undefined && { startedAt }),
    ...(startMarked !== undefined && { startMarked }),
    ...(startRebuilds !== undefined && { startRebuilds }),
    ...(wish && { wish }),
    ...(heldDeletions !== undefined && { heldDeletions }),
    ...(drift && { drift }),
    ...(lastOrder !== undefined && { lastOrder }),
    ...(layout !== undefined && { layout }),
    ...(progress && { progress }),
    ...(news && { news }),
    ledger: readLedger(stored, 'l'),
    phase: readOneOf(stored, 'p', PHASES) ?? 'read',
  };
}

export function encodeLastRun(last: LastRun): AttributeValue {
  return map(
    compact({
      r: text(last.run),
      t: text(last.task),
      o: text(last.outcome),
      a: number(last.at),
      d: number(last.durationMs),
      l: encodeLedger(last.ledger),
      e: optional(last.error, text),
    }),
  );
}

export function readLastRun(item: Item, name: string): LastRun | undefined {
  const stored = readMap(item, name);
  if (!stored) return undefined;
  const run = readText(stored, 'r');
  const task = readOneOf(stored, 't', TASKS);
  const outcome = readOneOf(stored, 'o', OUTCOMES);
  const at = readInstant(stored, 'a');
  if (run === undefined || task === undefined || outcome === undefined || at === undefined) return undefined;
  const error = readText(stored, 'e');
  return {
    run,
    task,
    outcome,
    at,
    durationMs: readNumber(stored, 'd') ?? 0,
    ledger: readLedger(stored, 'l'),
    ...(error !== undefined && { error }),
  };
}
