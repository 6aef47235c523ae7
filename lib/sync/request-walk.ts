import { EMPTY_LEDGER } from '../domain/ledger.ts';
import { partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import { newRunId } from './new-run-id.ts';
import type { StreamContext } from './sync-context.ts';

/** Asks for a read of the whole stream, unless one is asked for or under way already. @returns whether it was not */
export async function requestWalk(
  context: StreamContext,
  trigger: 'first-load' | 'repair' | 'schedule' = 'repair',
): Promise<boolean> {
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const key = partitionKey(stream, WHOLE_STREAM);
  if ((await context.partitions.read(key))?.full !== undefined) return false;
  const { run, created } = await context.partitions.requestForce(key, newRunId(context));
  if (!created) return false;
  await context.runs.put({
    ...key,
    run,
    task: 'walk',
    trigger,
    state: 'queued',
    requestedAt: context.clock.now(),
    ledger: EMPTY_LEDGER,
  });
  await context.queue.send([{ task: { ...key, task: 'walk', run }, lane: 'scheduled' }]);
  return true;
}

/** The same when the cache lost data: a walk that is under way begins again, since what it has written may be gone. */
export async function requestRebuild(context: StreamContext): Promise<void> {
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  await context.partitions.markRebuild(partitionKey(stream, WHOLE_STREAM));
  await requestWalk(context, 'repair');
}
