import { TABLE_KEYS } from '../../config/environment.ts';
import { EPOCH, type Instant } from '../../domain/instant.ts';
import type { Run } from '../../domain/run.ts';
import {
  compact,
  flag,
  type Item,
  number,
  optional,
  readFlag,
  readInstant,
  readNumber,
  readOneOf,
  readText,
  text,
} from './attributes.ts';
import { expiry } from './expiry.ts';
import { RUN_PREFIX } from './keys.ts';
import { encodeDrift, encodeLedger, encodeProgress, readDrift, readLedger, readProgress } from './ledger-attributes.ts';
import { OUTCOMES } from './partition-work.ts';

/**
 * The run item, version 1: v version · st stream · pa partition · ta task · tr trigger · sa state · ou outcome ·
 * ra, ba, ea requested, begun, ended at · le ledger · er error · hd held deletions · pl plan · dr drift ·
 * np partitions · ho handed out · pg progress · dy dry run · `expires_at` in epoch seconds, after which the table may delete it.
 */
export const RUN_ITEM_VERSION = 1;

const KEPT_DAYS = 30;
const TASKS = [
  'delta',
  'apply',
  'window',
  'full',
  'walk',
  'audit',
  'drop',
  'import',
] as const satisfies readonly Run['task'][];
const TRIGGERS = ['schedule', 'force', 'repair', 'first-load', 'plan'] as const satisfies readonly Run['trigger'][];
const STATES = ['queued', 'running', 'ended'] as const satisfies readonly Run['state'][];

export function encodeRun(run: Run, now: Instant): Item {
  return compact({
    v: number(RUN_ITEM_VERSION),
    ...expiry(now, KEPT_DAYS),
    st: text(run.stream),
    pa: text(run.partition),
    ta: text(run.task),
    tr: text(run.trigger),
    sa: text(run.state),
    ou: optional(run.outcome, text),
    ra: number(run.requestedAt),
    ba: optional(run.startedAt, number),
    ea: optional(run.endedAt, number),
    le: encodeLedger(run.ledger),
    er: optional(run.error, text),
    hd: optional(run.heldDeletions, number),
    pl: optional(run.plan, text),
    dr: optional(run.drift, encodeDrift),
    np: optional(run.partitions, number),
    ho: optional(run.handedOut, number),
    pg: optional(run.progress, encodeProgress),
    dy: optional(run.dryRun, flag),
  });
}

/** What cannot be read, because a newer version wrote it, reads as the nearest that claims less. */
export function readRun(item: Item): Run {
  const outcome = readOneOf(item, 'ou', OUTCOMES);
  const startedAt = readInstant(item, 'ba');
  const endedAt = readInstant(item, 'ea');
  const error = readText(item, 'er');
  const heldDeletions = readNumber(item, 'hd');
  const plan = readText(item, 'pl');
  const drift = readDrift(item, 'dr');
  const partitions = readNumber(item, 'np');
  const handedOut = readNumber(item, 'ho');
  const progress = readProgress(item, 'pg');
  return {
    connection: readText(item, TABLE_KEYS.partitionKey) ?? '',
    stream: readText(item, 'st') ?? '',
    partition: readText(item, 'pa') ?? '',
    run: (readText(item, TABLE_KEYS.sortKey) ?? '').slice(RUN_PREFIX.length),
    task: readOneOf(item, 'ta', TASKS) ?? 'window',
    trigger: readOneOf(item, 'tr', TRIGGERS) ?? 'schedule',
    state: readOneOf(item, 'sa', STATES) ?? 'queued',
    ...(outcome !== undefined && { outcome }),
    requestedAt: readInstant(item, 'ra') ?? EPOCH,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ledger: readLedger(item, 'le'),
    ...(error !== undefined && { error }),
    ...(heldDeletions !== undefined && { heldDeletions }),
    ...(plan !== undefined && { plan }),
    ...(drift && { drift }),
    ...(partitions !== undefined && { partitions }),
    ...(handedOut !== undefined && { handedOut }),
    ...(progress && { progress }),
    ...(item.dy && { dryRun: readFlag(item, 'dy') }),
  };
}
