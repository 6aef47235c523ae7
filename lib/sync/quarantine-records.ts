import { contentHash, type RejectedRecord, type RejectionReason, type SourceRecord } from '../domain/record.ts';
import type { StreamContext } from './sync-context.ts';

/** Durably remembers records that the source's own rules rejected: the watermark may pass them afterwards. */
export async function quarantineRejected(context: StreamContext, rejected: readonly RejectedRecord[]): Promise<void> {
  if (rejected.length === 0) return;
  const { telemetry, quarantine: store, stream } = context;
  const connection = context.connection.connection.id;
  await store.put({ connection, stream: stream.name }, rejected);
  telemetry.metric('RecordsQuarantined', rejected.length, { connection, stream: stream.name });
  for (const record of rejected.slice(0, 20)) {
    telemetry.log('warn', 'record quarantined', {
      connection,
      stream: stream.name,
      record: record.id,
      reason: record.reason,
    });
  }
}

export interface Refused {
  readonly record: SourceRecord;
  readonly reason: RejectionReason;
}

/** The same for records that were read well and cannot be written. */
export async function quarantine(context: StreamContext, refused: readonly Refused[]): Promise<void> {
  await quarantineRejected(
    context,
    refused.map(({ record, reason }) => ({
      id: record.id,
      reason,
      modified: record.modified,
      contentHash: contentHash(record.body),
    })),
  );
}
