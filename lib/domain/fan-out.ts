import { gunzipSync, gzipSync } from 'node:zlib';
import { type Instant, instantFromMs } from './instant.ts';
import type { SourceRecord } from './record.ts';

type PackedRecord = readonly [id: string, modified: number, body: string];

/** Records grouped by partition, in order of first appearance. */
export function splitByPartition(records: readonly SourceRecord[]): ReadonlyMap<string, readonly SourceRecord[]> {
  const groups = new Map<string, SourceRecord[]>();
  for (const record of records) {
    const group = groups.get(record.partition);
    if (group) group.push(record);
    else groups.set(record.partition, [record]);
  }
  return groups;
}

/** Records of one partition as text for a message (gzip, base64); `undefined` when it is larger than `maxBytes`. */
export function packRecords(records: readonly SourceRecord[], maxBytes: number): string | undefined {
  const rows: PackedRecord[] = records.map((record) => [record.id, record.modified, record.body]);
  const packed = gzipSync(JSON.stringify(rows)).toString('base64');
  return packed.length <= maxBytes ? packed : undefined;
}

/** What `packRecords` packed; `undefined` when the text is not that. */
export function unpackRecords(packed: string, partition: string): readonly SourceRecord[] | undefined {
  try {
    const rows: unknown = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString());
    if (!Array.isArray(rows)) return undefined;
    return rows.map((row) => unpackRow(row, partition));
  } catch {
    return undefined;
  }
}

function unpackRow(row: unknown, partition: string): SourceRecord {
  if (!Array.isArray(row)) throw new TypeError('a packed record is an array');
  const [id, modified, body]: readonly unknown[] = row;
  if (typeof id !== 'string' || typeof modified !== 'number' || typeof body !== 'string') {
    throw new TypeError('a packed record has an id, a modified time and a body');
  }
  const instant: Instant = instantFromMs(modified);
  return { id, partition, modified: instant, body };
}
