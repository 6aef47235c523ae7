import { hash } from 'node:crypto';
import { identityHash } from './digest.ts';
import type { Instant } from './instant.ts';
import { CONTENT_HASH_LENGTH, formatStamp, type Stamp } from './stamp.ts';

/** A record as its source sent it. */
export interface SourceRecord {
  readonly id: string;
  /** The partition it belongs to, namespace included. */
  readonly partition: string;
  /** Source-clock time of its last change. */
  readonly modified: Instant;
  /** The exact JSON text the source sent for it. */
  readonly body: string;
  /** Which part of its partition it is kept in, where the stream is segmented: by something that never changes. */
  readonly segment?: string;
}

/** A record that its source itself says has left: it is deleted, archived, cancelled, or out of the stream's scope. */
export interface RemovedRecord {
  readonly id: string;
  readonly partition: string;
  /** Source-clock time at which it left, or of its last change: nothing newer is removed. */
  readonly modified: Instant;
}

export type RejectionReason =
  | 'missing-id'
  | 'bad-id'
  | 'missing-partition'
  | 'bad-partition'
  | 'missing-modified-time'
  | 'bad-modified-time'
  | 'too-large'
  | 'malformed';

/** A record that cannot be applied. Its body goes no further: what is kept is enough to find it at the source. */
export interface RejectedRecord {
  /** The record's id, or `hash:{content hash}` where it has none. */
  readonly id: string;
  readonly reason: RejectionReason;
  readonly modified?: Instant;
  readonly contentHash: string;
}

/** Whether a source can be asked for it by its id: one without a usable id is found again only by reading everything. */
export function canBeAskedFor({ id, reason }: Pick<RejectedRecord, 'id' | 'reason'>): boolean {
  return reason !== 'missing-id' && reason !== 'bad-id' && !id.startsWith('hash:');
}

/** 64 bits of SHA-256 over the exact text: for one record at one modified time, equal hash stands for equal content. */
export function contentHash(body: string): string {
  return hash('sha256', body, 'hex').slice(0, CONTENT_HASH_LENGTH);
}

const SECOND_MS = 1_000;

/**
 * The version of a record that was read by source call number `order`.
 * @param asOf source clock when the answer was made, at the earliest; unknown, the read counts as not settled
 */
export function stampOf(record: SourceRecord, order: number, asOf?: Instant): Stamp {
  const identity = identityHash(record.id, record.modified);
  const settled = asOf !== undefined && asOf - record.modified >= SECOND_MS;
  return formatStamp({ modified: record.modified, order, settled, hash: contentHash(record.body), identity });
}

/**
 * That a record has left, as a version of it, one without contents: the later modified counts, and at equal times what
 * was read later. Of one answer that shows both, the record has left.
 */
export function leftStamp({ id, partition, modified }: RemovedRecord, order: number, asOf?: Instant): Stamp {
  return stampOf({ id, partition, modified, body: '' }, order, asOf);
}
