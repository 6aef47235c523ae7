import { partitionKey, type StreamKey } from '../domain/names.ts';
import type { PartitionState } from '../domain/partition.ts';
import type { OutgoingTask } from '../ports/task-queue.ts';
import { inParallel } from './in-parallel.ts';
import { newRunId } from './new-run-id.ts';
import { layoutToBuild } from './switch-layout.ts';
import type { StreamContext } from './sync-context.ts';

/** Fulls that wait or are under way at once for this reason: a tenth of the unfinished partitions a cycle looks at. */
const AT_ONCE = 200;

const WRITES_AT_ONCE = 16;

/** Asks for a full of partitions that are in another layout than their stream is to have: any full brings them over. */
export async function requestLayouts(
  context: StreamContext,
  stream: StreamKey,
  partitions: Iterable<PartitionState>,
): Promise<void> {
  const others = [...partitions].filter((state) => state.loaded && layoutToBuild(context, state) !== undefined);
  const idle = others.filter(({ full, force, pending }) => !full && !force && !pending.rebuild);
  const room = Math.max(0, AT_ONCE - (others.length - idle.length));
  const tasks = await inParallel(idle.slice(0, room), WRITES_AT_ONCE, async ({ id }): Promise<OutgoingTask> => {
    const key = partitionKey(stream, id);
    const { run } = await context.partitions.requestForce(key, newRunId(context));
    return { task: { ...key, task: 'full', run }, lane: 'scheduled' };
  });
  if (tasks.length === 0) return;
  // What the queue refuses the item remembers.
  await context.queue.send(tasks);
  context.telemetry.log('info', 'partitions are brought over to another cache layout', {
    ...stream,
    count: tasks.length,
    left: others.length - tasks.length,
  });
}
