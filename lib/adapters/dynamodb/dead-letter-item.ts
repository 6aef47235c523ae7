import { TABLE_KEYS } from '../../config/environment.ts';
import { EPOCH, type Instant } from '../../domain/instant.ts';
import type { PartitionKey } from '../../domain/names.ts';
import { LANES, type Task } from '../../domain/task.ts';
import type { DeadLetterNote } from '../../ports/dead-letter-notes.ts';
import { compact, type Item, number, optional, readInstant, readOneOf, readText, text } from './attributes.ts';
import { expiry } from './expiry.ts';

/**
 * The note about a message that was set aside, version 1: v version · la lane · ta task · co, st, pa connection, stream
 * and partition · er code of its last failure · at when · `expires_at` in epoch seconds, after which the table may
 * delete it.
 */
export const DEAD_LETTER_ITEM_VERSION = 1;

const KEPT_DAYS = 14;
const TASKS = [
  'apply',
  'window',
  'full',
  'walk',
  'audit',
  'drop',
  'plan',
  'hint',
  'import',
] as const satisfies readonly Task['task'][];

export function encodeNote(note: DeadLetterNote, now: Instant): Item {
  return compact({
    v: number(DEAD_LETTER_ITEM_VERSION),
    ...expiry(now, KEPT_DAYS),
    la: text(note.lane),
    ta: optional(note.task, text),
    co: optional(note.key?.connection, text),
    st: optional(note.key?.stream, text),
    pa: optional(note.key?.partition, text),
    er: text(note.code),
    at: number(note.at),
  });
}

/** A kind of task that a newer version added reads as none. */
export function readNote(item: Item): DeadLetterNote {
  const task = readOneOf(item, 'ta', TASKS);
  const key = readKey(item);
  return {
    id: readText(item, TABLE_KEYS.sortKey) ?? '',
    lane: readOneOf(item, 'la', LANES) ?? 'scheduled',
    ...(task !== undefined && { task }),
    ...(key !== undefined && { key }),
    code: readText(item, 'er') ?? 'unexpected',
    at: readInstant(item, 'at') ?? EPOCH,
  };
}

function readKey(item: Item): PartitionKey | undefined {
  const [connection, stream, partition] = [readText(item, 'co'), readText(item, 'st'), readText(item, 'pa')];
  if (connection === undefined || stream === undefined || partition === undefined) return undefined;
  return { connection, stream, partition };
}
