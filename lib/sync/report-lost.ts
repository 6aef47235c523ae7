import type { Held } from '../ports/partition-store.ts';
import { type EndedRun, endRun, type StepEnd } from './end-run.ts';
import type { StreamContext } from './sync-context.ts';

/** The cache no longer knows the partition: it lost data. Remembers that the partition must be read as a whole. */
export async function reportLost(context: StreamContext, held: Held, ended: Omit<EndedRun, 'end'>): Promise<StepEnd> {
  context.telemetry.log('error', 'the cache lost a partition; it will be read as a whole', { ...held.key });
  context.telemetry.metric('CacheLost', 1, { connection: held.key.connection, stream: held.key.stream });
  const end = { complete: false, heldDeletions: 0, stoppedBy: 'error' } as const;
  return endRun(context, held, { ...ended, end }, { rebuild: true, cached: false, count: 0 });
}
