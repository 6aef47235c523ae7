import { EMPTY_LEDGER } from '../domain/ledger.ts';
import type { Run } from '../domain/run.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import type { SyncPorts } from './sync-context.ts';

export type AnnouncePorts = Pick<SyncPorts, 'runs' | 'queue' | 'clock' | 'telemetry'>;

export type AnnouncedRun = Pick<
  Run,
  'connection' | 'stream' | 'partition' | 'run' | 'task' | 'trigger' | 'plan' | 'dryRun'
>;

/**
 * Enters a run into the history as waiting, and sends its message. What is to be done is durably remembered before, so
 * a message that cannot be sent is left to the planner. @returns whether it was sent
 */
export async function announceRun(
  ports: AnnouncePorts,
  run: AnnouncedRun,
  { task, lane }: Pick<OutgoingTask, 'task' | 'lane'>,
): Promise<boolean> {
  await ports.runs.put({ ...run, state: 'queued', requestedAt: ports.clock.now(), ledger: EMPTY_LEDGER });
  const unsent = await ports.queue.send([{ task, lane }]);
  if (unsent.length === 0) return true;
  const { connection, stream, partition } = run;
  ports.telemetry.log('warn', 'run not queued', { connection, stream, partition, run: run.run, task: run.task });
  return false;
}
