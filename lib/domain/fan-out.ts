import { gunzipSync, gzipSync } from 'node:zlib';
import { instantFromMs } from './instant.ts';
import type { RemovedRecord, SourceRecord } from './record.ts';

/** Without a body it tells that the record has left. The segment stands last, where the record names one. */
type PackedRecord = readonly [id: string, modified: number, body?: string, segment?: string];

/** What a read says of one partition, or of several. */
export interface Changes {
  readonly records: readonly SourceRecord[];
  /** What the source itself says has left. */
  readonly removed: readonly RemovedRecord[];
}

/** Changes grouped by partition, in order of first appearance. */
export function splitByPartition({ records, removed }: Changes): ReadonlyMap<string, Changes> {
  const groups = new Map<string, { readonly records: SourceRecord[]; readonly removed: RemovedRecord[] }>();
  const groupOf = (partition: string) => {
    const known = groups.get(partition) ?? { records: [], removed: [] };
    groups.set(partition, known);
    return known;
  };
  for (const record of records) groupOf(record.partition).records.push(record);
  for (const record of removed) groupOf(record.partition).removed.push(record);
  return groups;
}

/** Changes of one partition as text for a message (gzip, base64); `undefined` when it is larger than `maxBytes`. */
export function packChanges({ records, removed }: Changes, maxBytes: number): string | undefined {
  const rows: PackedRecord[] = [
    ...records.map(packRecord),
    ...removed.map(({ id, modified }) => [id, modified] as const),
  ];
  const packed = gzipSync(JSON.stringify(rows)).toString('base64');
  return packed.length <= maxBytes ? packed : undefined;
}

function packRecord({ id, modified, body, segment }: SourceRecord): PackedRecord {
  return segment === undefined ? [id, modified, body] : [id, modified, body, segment];
}

/** What `packChanges` packed; `undefined` when the text is not that. */
export function unpackChanges(packed: string, partition: string): Changes | undefined {
  try {
    const rows: unknown = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString());
    if (!Array.isArray(rows)) return undefined;
    const read = rows.map((row) => unpackRow(row, partition));
    return {
      records: read.filter((row): row is SourceRecord => 'body' in row),
      removed: read.filter((row) => !('body' in row)),
    };
  } catch {
    return undefined;
  }
}

function unpackRow(row: unknown, partition: string): SourceRecord | RemovedRecord {
  if (!Array.isArray(row)) throw new TypeError('a packed record is an array');
  const [id, modified, body, segment]: readonly unknown[] = row;
  if (typeof id !== 'string' || typeof modified !== 'number') {
    throw new TypeError('a packed record has an id and a modified time');
  }
  const known = { id, partition, modified: instantFromMs(modified) };
  if (row.length === 2) return known;
  if (typeof body !== 'string') throw new TypeError('the body of a packed record is a text');
  if (segment === undefined) return { ...known, body };
  if (typeof segment !== 'string') throw new TypeError('the segment of a packed record is a name');
  return { ...known, body, segment };
}
