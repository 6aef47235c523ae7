import { EPOCH } from '../../domain/instant.ts';
import { isRecordId } from '../../domain/names.ts';
import { contentHash, type RejectedRecord, type RejectionReason, type SourceRecord } from '../../domain/record.ts';
import type { PartitionNamespace } from '../kit/partition-namespace.ts';
import type { FieldNames } from './field-names.ts';
import { firstOf, rowFields } from './fields.ts';
import { type IdentityRules, identityOf } from './identity.ts';

/** A larger record would not fit a cache request with its neighbours. */
const MAX_BODY_BYTES = 5_000_000;
/** A location id that can be part of a cache key. */
export const LOCATION_ID = /^[A-Za-z0-9_.-]{1,96}$/;

/**
 * The API tells of no row when it was last changed, so that every version of every record has this one time: between two
 * contents the order of reading decides, and equal contents are one version. Never the row's own day, which people move.
 */
export const NEVER_CHANGED = EPOCH;

export type Decoded =
  | { readonly outcome: 'record'; readonly record: SourceRecord }
  | { readonly outcome: 'rejected'; readonly rejected: RejectedRecord }
  /** A row of another location than the one that was asked for. */
  | { readonly outcome: 'stranger' };

export interface RowRules {
  readonly identity: IdentityRules;
  readonly namespace: PartitionNamespace;
  /** Whether the location that a row names is believed, and not only the one that was asked for. */
  readonly rowsNameLocation: boolean;
}

/**
 * The record that a row of bookings or returns is, or why it is none. The text stays as it is.
 * @param asked the source's own id of the location that was asked for; absent when all were
 */
export function decodeRow(body: string, asked: string | undefined, rules: RowRules): Decoded {
  const row = rowFields(body);
  if (row === undefined) return rejected(body, 'malformed');
  const named = rules.rowsNameLocation ? firstOf(row, rules.identity.fields.location) : undefined;
  if (named !== undefined && asked !== undefined && named !== asked) return { outcome: 'stranger' };
  const location = named ?? asked;
  const identity = identityOf(row, location ?? '', rules.identity);
  if (identity.outcome !== 'id') return rejected(body, identity.outcome === 'bad' ? 'bad-id' : 'missing-id');
  const { id } = identity;
  if (location === undefined) return rejected(body, 'missing-partition', id);
  if (!LOCATION_ID.test(location)) return rejected(body, 'bad-partition', id);
  return decoded({ id, partition: rules.namespace.stored(location), body });
}

/** The record that a row of the location list is. All of them are in one partition. */
export function decodeStore(body: string, partition: string, fields: FieldNames): Decoded {
  const row = rowFields(body);
  if (row === undefined) return rejected(body, 'malformed');
  const id = firstOf(row, fields.storeId);
  if (id === undefined) return rejected(body, 'missing-id');
  return isRecordId(id) ? decoded({ id, partition, body }) : rejected(body, 'bad-id');
}

function decoded(record: Pick<SourceRecord, 'id' | 'partition' | 'body'>): Decoded {
  if (Buffer.byteLength(record.body) > MAX_BODY_BYTES) return rejected(record.body, 'too-large', record.id);
  return { outcome: 'record', record: { ...record, modified: NEVER_CHANGED } };
}

function rejected(body: string, reason: RejectionReason, id?: string): Decoded {
  const hash = contentHash(body);
  return { outcome: 'rejected', rejected: { id: id ?? `hash:${hash}`, reason, contentHash: hash } };
}
