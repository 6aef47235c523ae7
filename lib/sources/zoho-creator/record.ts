import { EPOCH, type Instant, laterOf } from '../../domain/instant.ts';
import type { RejectedRecord, SourceRecord } from '../../domain/record.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import { isAbsent, parseFields, type Reading, readDigits } from '../kit/reading.ts';
import { rejectedRecord } from '../kit/rejected-record.ts';
import { ZOHO_ID } from './criteria.ts';
import type { DateCodec } from './date-codec.ts';

/** A larger record would not fit a cache request with its neighbours. */
const MAX_BODY_BYTES = 5_000_000;

export interface RecordRules {
  readonly eventField: string;
  readonly addedTimeField: string;
  readonly modifiedTimeField: string;
  readonly codec: DateCodec;
  readonly namespace: PartitionNamespace;
}

export type DecodedRecord =
  | { readonly outcome: 'record'; readonly record: SourceRecord }
  | { readonly outcome: 'rejected'; readonly rejected: RejectedRecord };

/** The record that one element of a page is, or why it is none. The text stays as it is. */
export function decodeRecord(body: string, servedAt: Instant, rules: RecordRules): DecodedRecord {
  const fields = parseFields(body);
  if (fields === undefined) return rejected(body, 'malformed');
  const modified = readModified(fields, servedAt, rules);
  const known = modified.outcome === 'read' ? { modified: modified.value } : {};
  const id = readId(ownField(fields, 'ID'));
  if (id.outcome !== 'read') return rejected(body, id.outcome === 'missing' ? 'missing-id' : 'bad-id', known);
  const found = { id: id.value, ...known };
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return rejected(body, 'too-large', found);
  const event = readLookup(ownField(fields, rules.eventField));
  if (event.outcome !== 'read') {
    return rejected(body, event.outcome === 'missing' ? 'missing-partition' : 'bad-partition', found);
  }
  if (modified.outcome !== 'read') {
    return rejected(body, modified.outcome === 'missing' ? 'missing-modified-time' : 'bad-modified-time', found);
  }
  const partition = rules.namespace.stored(event.value);
  return { outcome: 'record', record: { id: id.value, partition, modified: modified.value, body } };
}

/** A record id, which may come as a string or as a number, with every digit. */
export function readId(value: unknown): Reading<string> {
  return readDigits(value, ZOHO_ID);
}

/** The id of the record that a single lookup names: an object with `ID`, or the bare id. */
export function readLookup(value: unknown): Reading<string> {
  if (isJsonObject(value)) return readId(ownField(value, 'ID'));
  return Array.isArray(value) && value.length === 0 ? { outcome: 'missing' } : readId(value);
}

/** The later of the added and the modified time; bad as soon as one of them is there and cannot be read. */
function readModified(
  fields: Readonly<Record<string, unknown>>,
  servedAt: Instant,
  rules: RecordRules,
): Reading<Instant> {
  const values = [rules.addedTimeField, rules.modifiedTimeField].map((name) => ownField(fields, name));
  const texts = values.filter((value) => !isAbsent(value));
  let latest: Instant | undefined;
  for (const text of texts) {
    const time = typeof text === 'string' ? rules.codec.parse(text, servedAt) : undefined;
    if (time === undefined || time < EPOCH) return { outcome: 'bad' };
    latest = latest === undefined ? time : laterOf(latest, time);
  }
  return latest === undefined ? { outcome: 'missing' } : { outcome: 'read', value: latest };
}

function rejected(...known: Parameters<typeof rejectedRecord>): DecodedRecord {
  return { outcome: 'rejected', rejected: rejectedRecord(...known) };
}
