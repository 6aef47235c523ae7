import { toIso } from '../../../lib/domain/instant.ts';
import type { QuarantinedRecord } from '../../../lib/sync/list-quarantined.ts';
import type { QuarantinedView } from '../schemas/quarantine.ts';
import { isoOrNull } from './run-view.ts';

export function quarantinedView({ stream, record }: QuarantinedRecord): QuarantinedView {
  const { id, reason, modified, firstAt, lastAt, attempts, retryAt } = record;
  return {
    connection: stream.connection,
    stream: stream.stream,
    record: id,
    reason,
    modified: isoOrNull(modified),
    firstAt: toIso(firstAt),
    lastAt: toIso(lastAt),
    attempts,
    retryAt: toIso(retryAt),
  };
}
