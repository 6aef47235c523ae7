import { EPOCH, type Instant, laterOf, parseIsoInstant } from '../../domain/instant.ts';
import type { RejectedRecord, RejectionReason, RemovedRecord, SourceRecord } from '../../domain/record.ts';
import { ownField } from '../kit/exact-json.ts';
import { withoutFields } from '../kit/json-fields.ts';
import { isAbsent, type JsonFields, parseFields } from '../kit/reading.ts';
import { rejectedRecord } from '../kit/rejected-record.ts';
import { isWithin, type Span } from './day-window.ts';
import { readId } from './record-id.ts';

/** A larger record would not fit a cache request with its neighbours. */
const MAX_BODY_BYTES = 5_000_000;

/** Each is set when a row has left in its way, and absent, null or empty otherwise. */
const LEAVING_TIMES = ['deleted_at', 'archived_at', 'cancelled_at'];

export interface RowRules {
  readonly partition: string;
  /** Fields that go no further. */
  readonly hidden: readonly string[];
  /** For appointments: those that take place at another time are out of scope. */
  readonly window?: Span;
}

export type DecodedRow =
  | { readonly outcome: 'record'; readonly record: SourceRecord }
  | { readonly outcome: 'removed'; readonly removed: RemovedRecord }
  | { readonly outcome: 'rejected'; readonly rejected: RejectedRecord };

/**
 * What one row of a list says: that a record is as it stands there, or that it has left. Whichever list shows it, a row
 * that says itself when it was deleted, archived or cancelled has left.
 */
export function decodeRow(text: string, isOfGone: boolean, rules: RowRules): DecodedRow {
  const fields = parseFields(text);
  if (fields === undefined) return rejected(text, 'malformed');
  const id = readId(fields);
  if (id.outcome !== 'read') return rejected(text, id.outcome === 'missing' ? 'missing-id' : 'bad-id');
  const leftAt = latestOf(fields, LEAVING_TIMES);
  const modified = latestOf(fields, ['updated_at']);
  if (isOfGone || leftAt.outcome !== 'absent') return removedRow(text, id.id, rules.partition, leftAt, modified);
  if (modified.outcome !== 'read') return rejected(text, reasonOf(modified), { id: id.id });
  return currentRow(text, fields, { id: id.id, partition: rules.partition, modified: modified.at }, rules);
}

type TimeReading =
  | { readonly outcome: 'read'; readonly at: Instant }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'bad' };

/** The latest of those that can be read; bad when there are some and none can. */
export function latestOf(fields: JsonFields, names: readonly string[]): TimeReading {
  const values = names.map((name) => ownField(fields, name)).filter((value) => !isAbsent(value));
  if (values.length === 0) return { outcome: 'absent' };
  const times = values.flatMap((value) => {
    const time = typeof value === 'string' ? parseIsoInstant(value) : undefined;
    return time === undefined || time < EPOCH ? [] : [time];
  });
  const [first, ...others] = times;
  if (first === undefined) return { outcome: 'bad' };
  return { outcome: 'read', at: others.reduce(laterOf, first) };
}

function removedRow(
  text: string,
  id: string,
  partition: string,
  leftAt: TimeReading,
  modified: TimeReading,
): DecodedRow {
  const times = [leftAt, modified].flatMap((time) => (time.outcome === 'read' ? [time.at] : []));
  const [first, ...others] = times;
  if (first === undefined) return rejected(text, reasonOf(leftAt), { id });
  return { outcome: 'removed', removed: { id, partition, modified: others.reduce(laterOf, first) } };
}

function currentRow(
  text: string,
  fields: JsonFields,
  version: Omit<SourceRecord, 'body'>,
  { window, hidden }: RowRules,
): DecodedRow {
  if (window !== undefined) {
    const startsAt = latestOf(fields, ['starts_at']);
    if (startsAt.outcome !== 'read') return rejected(text, 'malformed', version);
    // Only that this version is out of scope: one that was moved back into it since is newer.
    if (!isWithin(startsAt.at, window)) return { outcome: 'removed', removed: versionOf(version) };
  }
  const body = withoutFields(text, hidden);
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return rejected(text, 'too-large', version);
  return { outcome: 'record', record: { ...version, body } };
}

function versionOf({ id, partition, modified }: Omit<SourceRecord, 'body'>): RemovedRecord {
  return { id, partition, modified };
}

function reasonOf(time: TimeReading): RejectionReason {
  return time.outcome === 'absent' ? 'missing-modified-time' : 'bad-modified-time';
}

function rejected(...known: Parameters<typeof rejectedRecord>): DecodedRow {
  return { outcome: 'rejected', rejected: rejectedRecord(...known) };
}
