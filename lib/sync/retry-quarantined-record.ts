import { canBeAskedFor } from '../domain/record.ts';
import { streamKeyOf } from './describe-partition.ts';
import { isEnabled } from './planned-streams.ts';
import { type RequestPorts, requestStreamSync, type SyncTarget } from './request-sync.ts';
import type { SyncPorts } from './sync-context.ts';

export type RecordRetried =
  /** The stream's next cycle, which was asked for at once, asks the source for it. */
  | 'due'
  | 'disabled'
  | 'paused'
  | 'not-quarantined'
  /** The source knows it by no id. */
  | 'not-askable';

/** Has one quarantined record tried again at once. Safe to repeat. */
export async function retryQuarantinedRecord(
  ports: RequestPorts & Pick<SyncPorts, 'quarantine'>,
  target: SyncTarget,
  record: string,
): Promise<RecordRetried> {
  const stream = streamKeyOf(target);
  if (!isEnabled(target.connection, target.stream)) return 'disabled';
  const [found, state] = await Promise.all([ports.quarantine.find(stream, record), ports.streams.read(stream)]);
  if (found === undefined) return 'not-quarantined';
  if (!canBeAskedFor(found)) return 'not-askable';
  if (state?.paused) return 'paused';
  // Released meanwhile, it needs no second try.
  if (!(await ports.quarantine.makeDue(stream, record))) return 'not-quarantined';
  await requestStreamSync(ports, [target], 'incremental');
  return 'due';
}
