import { locatorKey, metaKey, recordsKey, stampsKey } from '../../lib/domain/cache-layout.ts';
import { instantFromMs } from '../../lib/domain/instant.ts';
import type { PartitionKey } from '../../lib/domain/names.ts';
import { type SourceRecord, stampOf } from '../../lib/domain/record.ts';
import type { ApplyReply, ApplyRequest } from '../../lib/ports/cache-apply.ts';

export const LAYOUT = { partitionKind: 'event', locators: true, version: 1 } as const;
export const SEGMENTED_LAYOUT = { ...LAYOUT, segmented: true } as const;
export const PLAIN_LAYOUT = { partitionKind: 'event', locators: false, version: 1 } as const;

export const A: PartitionKey = { connection: 'main', stream: 'registrations', partition: '4433256000013547003' };
export const B: PartitionKey = { ...A, partition: 'north~4433256000013547011' };

export const recordsOf = (key: PartitionKey) => recordsKey(LAYOUT.partitionKind, key.partition, key.stream);
export const metaOf = (key: PartitionKey) => metaKey(LAYOUT.partitionKind, key.partition, key.stream);
export const stampsOf = (key: PartitionKey) => stampsKey(key);
export const locatorOf = (id: string) => locatorKey(A.connection, A.stream, id);

/** A record of `key`, last changed `second` seconds after the epoch. */
export function record(key: PartitionKey, id: string, second: number, text = 'x'): SourceRecord {
  const body = `{"id":"${id}","at":${second},"text":${JSON.stringify(text)}}`;
  return { id, partition: key.partition, modified: instantFromMs(second * 1_000), body };
}

export function segmented(of: SourceRecord, segment: string): SourceRecord {
  return { ...of, segment };
}

export function records(key: PartitionKey, count: number, second: number, text?: string): readonly SourceRecord[] {
  return Array.from({ length: count }, (_, index) => record(key, `44332560000135${50_000 + index}`, second, text));
}

export const stamped = (from: SourceRecord, order: number) => stampOf(from, order);

/** An apply in `A` by fence 1, order 1, that may create. */
export function applying(changes: Partial<ApplyRequest> = {}): ApplyRequest {
  return {
    key: A,
    layout: LAYOUT,
    fence: 1,
    create: true,
    verify: false,
    path: 'full',
    records: [],
    order: 1,
    meta: { lastSync: instantFromMs(1_800_000_000_000), loaded: true, pending: false },
    ...changes,
  };
}

/** The reply with everything zero that is not named. */
export function applied(changes: Partial<Extract<ApplyReply, { outcome: 'applied' }>>) {
  return {
    outcome: 'applied',
    added: 0,
    updated: 0,
    unchanged: 0,
    superseded: 0,
    removed: 0,
    movedFrom: [],
    tooLarge: [],
    ...changes,
  };
}
