import { type Instant, laterOf } from '../../domain/instant.ts';
import type { RejectedRecord, RemovedRecord, SourceRecord } from '../../domain/record.ts';
import { ownField } from '../kit/exact-json.ts';
import { parseFields, type Reading } from '../kit/reading.ts';
import { rejectedRecord } from '../kit/rejected-record.ts';
import { readId, readSeconds } from './fields.ts';
import type { ShopStream } from './streams.ts';

/** A larger record would not fit a cache request with its neighbours. */
const MAX_BODY_BYTES = 5_000_000;

export type DecodedRecord =
  | { readonly outcome: 'record'; readonly record: SourceRecord }
  | { readonly outcome: 'removed'; readonly removed: RemovedRecord }
  | { readonly outcome: 'rejected'; readonly rejected: RejectedRecord };

/** The record that one element of a page is, or why it is none. The text stays as it is. */
export function decodeRecord(body: string, partition: string, stream: ShopStream): DecodedRecord {
  const fields = parseFields(body);
  if (fields === undefined) return rejected(body, 'malformed');
  const changed = readChanged(fields);
  const known = changed.outcome === 'read' ? { modified: changed.value } : {};
  const id = readId(ownField(fields, 'id'));
  if (id.outcome !== 'read') return rejected(body, id.outcome === 'missing' ? 'missing-id' : 'bad-id', known);
  const found = { id: id.value, ...known };
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return rejected(body, 'too-large', found);
  if (changed.outcome !== 'read') {
    return rejected(body, changed.outcome === 'missing' ? 'missing-modified-time' : 'bad-modified-time', found);
  }
  const version = { id: id.value, partition, modified: changed.value };
  if (stream.hasLeft(fields)) return { outcome: 'removed', removed: version };
  if (stream.segmentOf === undefined) return { outcome: 'record', record: { ...version, body } };
  const segment = stream.segmentOf(fields);
  if (segment === undefined) return rejected(body, 'malformed', found);
  return { outcome: 'record', record: { ...version, body, segment } };
}

/** A record that is there, and whose text no search shows. */
export function unreadable(text: string): DecodedRecord {
  const fields = parseFields(text);
  const id = readId(fields && ownField(fields, 'id'));
  return rejected(text, 'malformed', id.outcome === 'read' ? { id: id.value } : {});
}

/** The later of the created and the updated time; bad as soon as one of them is there and cannot be read. */
function readChanged(fields: Readonly<Record<string, unknown>>): Reading<Instant> {
  const created = readSeconds(ownField(fields, 'create_time'));
  const updated = readSeconds(ownField(fields, 'update_time'));
  if (created.outcome === 'bad' || updated.outcome === 'bad') return { outcome: 'bad' };
  if (created.outcome !== 'read') return updated;
  if (updated.outcome !== 'read') return created;
  return { outcome: 'read', value: laterOf(created.value, updated.value) };
}

function rejected(...known: Parameters<typeof rejectedRecord>): DecodedRecord {
  return { outcome: 'rejected', rejected: rejectedRecord(...known) };
}
