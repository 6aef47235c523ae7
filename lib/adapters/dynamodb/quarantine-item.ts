import { EPOCH, plusMs } from '../../domain/instant.ts';
import type { RejectedRecord, RejectionReason } from '../../domain/record.ts';
import type { Quarantined } from '../../ports/quarantine-store.ts';
import {
  compact,
  type Item,
  number,
  optional,
  readInstant,
  readNumber,
  readOneOf,
  readText,
  text,
} from './attributes.ts';

/**
 * The quarantine item, version 1: v version · re reason · mo modified · ch content hash · fa, la first and last seen ·
 * n attempts · ra retry at, where a person wants it at once: gone when the record is seen again. Never a body. When to
 * try again otherwise follows from `la` and `n`, so that seeing a record again is one write.
 */
export const QUARANTINE_ITEM_VERSION = 1;

const REASONS = [
  'missing-id',
  'bad-id',
  'missing-partition',
  'bad-partition',
  'missing-modified-time',
  'bad-modified-time',
  'too-large',
  'malformed',
] as const satisfies readonly RejectionReason[];

const FIRST_RETRY_MS = 15 * 60_000;
const LONGEST_RETRY_MS = 24 * 60 * 60_000;

/** 15 minutes after the first attempt, twice as long after each further one, a day at the most. */
export function retryAfterMs(attempts: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, attempts - 1));
}

export function encodeRejected(record: RejectedRecord): Item {
  return compact({ re: text(record.reason), mo: optional(record.modified, number), ch: text(record.contentHash) });
}

export function readQuarantined(item: Item, id: string): Quarantined {
  const modified = readInstant(item, 'mo');
  const lastAt = readInstant(item, 'la') ?? EPOCH;
  const attempts = readNumber(item, 'n') ?? 1;
  return {
    id,
    reason: readOneOf(item, 're', REASONS) ?? 'malformed',
    ...(modified !== undefined && { modified }),
    contentHash: readText(item, 'ch') ?? '',
    firstAt: readInstant(item, 'fa') ?? lastAt,
    lastAt,
    attempts,
    retryAt: readInstant(item, 'ra') ?? plusMs(lastAt, retryAfterMs(attempts)),
  };
}
