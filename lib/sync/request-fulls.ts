import { EMPTY_LEDGER } from '../domain/ledger.ts';
import { partitionKey, type StreamKey } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { allPartitions } from './all-partitions.ts';
import { inParallel } from './in-parallel.ts';
import { inTurn } from './in-turn.ts';
import { newRunId } from './new-run-id.ts';
import { requestWalk } from './request-walk.ts';
import type { StreamContext } from './sync-context.ts';

const WRITES_AT_ONCE = 16;

/**
 * Has all of a stream read because a schedule says so: by one walk, or partition by partition where they are asked one
 * by one. What is asked for or under way already is left as it is.
 */
export async function requestFulls(context: StreamContext): Promise<void> {
  if (context.stream.coverage === 'stream') {
    await requestWalk(context, 'schedule');
    return;
  }
  const stream = { connection: context.connection.connection.id, stream: context.stream.name };
  const idle = (await allPartitions(context, stream)).filter(({ full, force }) => full === undefined && !force);
  const tasks = await inParallel(idle, WRITES_AT_ONCE, (state) => remember(context, stream, state));
  // What the queue refuses the items remember.
  await context.queue.send(inTurn(context, tasks));
}

async function remember(context: StreamContext, stream: StreamKey, { id }: PartitionState): Promise<OutgoingTask> {
  const key = partitionKey(stream, id);
  const { run } = await context.partitions.requestForce(key, newRunId(context));
  await context.runs.put({
    ...key,
    run,
    task: 'full',
    trigger: 'schedule',
    state: 'queued',
    requestedAt: context.clock.now(),
    ledger: EMPTY_LEDGER,
  });
  return { task: { ...key, task: 'full', run }, lane: 'scheduled' };
}
