import type { StreamKey } from '../domain/names.ts';
import type { Quarantined } from '../ports/quarantine-store.ts';
import type { SyncPorts } from './sync-context.ts';

export interface QuarantinedRecord {
  readonly stream: StreamKey;
  readonly record: Quarantined;
}

/** Quarantined records of these streams, one stream after the other; `more` when there are more than `limit`. */
export async function listQuarantined(
  ports: Pick<SyncPorts, 'quarantine'>,
  streams: readonly StreamKey[],
  limit: number,
): Promise<{ readonly records: readonly QuarantinedRecord[]; readonly more: boolean }> {
  const found: QuarantinedRecord[] = [];
  for (const stream of streams) {
    if (found.length > limit) break;
    // One more than asked for tells whether there are more.
    const listed = await ports.quarantine.list(stream, limit + 1 - found.length);
    found.push(...listed.map((record) => ({ stream, record })));
  }
  return { records: found.slice(0, limit), more: found.length > limit };
}
