import { auditItem, partitionKey, WHOLE_STREAM } from '../../lib/domain/names.ts';
import { newRunId } from '../../lib/sync/new-run-id.ts';
import { LIBRARY } from './monitors/state.ts';
import type { Simulation } from './simulation.ts';

/** Asks for what finds deletions and losses: everything is compared with the source, and mended. */
export function audit(simulation: Simulation): void {
  simulation.ask('audit', async ({ partitions, queue, ...tools }) => {
    const wish = { repair: true, deep: true };
    const key = partitionKey(LIBRARY, auditItem(WHOLE_STREAM));
    const { run } = await partitions.requestForce(key, newRunId(tools), wish);
    await queue.send([{ task: { ...LIBRARY, partition: WHOLE_STREAM, task: 'audit', run }, lane: 'scheduled' }]);
  });
}
