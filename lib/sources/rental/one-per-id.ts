import { contentHash, type RejectedRecord, type SourceRecord } from '../../domain/record.ts';

export interface Rows {
  readonly records: readonly SourceRecord[];
  readonly rejected: readonly RejectedRecord[];
}

/**
 * One record per id of one answer. Rows that are equal to the byte are one; of different rows under one id the same one
 * is taken whatever order they come in, or the cache would change with every read, and the others are rejected, where
 * people see them.
 */
export function onePerId({ records, rejected }: Rows): Rows {
  const kept = new Map<string, SourceRecord>();
  const doubled: RejectedRecord[] = [];
  for (const record of records) {
    const other = kept.get(record.id);
    if (other === undefined || other.body === record.body) {
      kept.set(record.id, record);
      continue;
    }
    const [first, second] = other.body < record.body ? [other, record] : [record, other];
    kept.set(record.id, first);
    const hash = contentHash(second.body);
    doubled.push({ id: `hash:${hash}`, reason: 'bad-id', contentHash: hash });
  }
  return { records: [...kept.values()], rejected: [...rejected, ...doubled] };
}
