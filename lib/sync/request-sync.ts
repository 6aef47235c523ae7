import type { Instant } from '../domain/instant.ts';
import { type PartitionKey, partitionKey, type StreamKey, WHOLE_STREAM } from '../domain/names.ts';
import type { Lane, Task } from '../domain/task.ts';
import { allPartitions } from './all-partitions.ts';
import { announceRun } from './announce-run.ts';
import { inParallel } from './in-parallel.ts';
import { newRunId } from './new-run-id.ts';
import { isEnabled } from './planned-streams.ts';
import type { StreamContext, SyncPorts } from './sync-context.ts';

const WRITES_AT_ONCE = 16;

export type SyncMode = 'incremental' | 'full';

export type RequestPorts = Pick<
  SyncPorts,
  'partitions' | 'streams' | 'runs' | 'queue' | 'clock' | 'randomness' | 'telemetry'
>;

export type SyncTarget = Pick<StreamContext, 'connection' | 'stream'>;

export type SyncRequested =
  /** A full that will be carried out by `run`; `joined` when that one was already waiting. */
  | { readonly outcome: 'run'; readonly key: PartitionKey; readonly run: string; readonly joined: boolean }
  /** The stream is due, and a message asks for its cycle at once. */
  | { readonly outcome: 'due'; readonly key: StreamKey; readonly at: Instant }
  /** A re-read of what changed since the partition's watermark is on the queue. */
  | { readonly outcome: 'queued'; readonly key: PartitionKey; readonly at: Instant }
  /** `no-source`: people bring its records in files. */
  | { readonly outcome: 'disabled' | 'paused' | 'no-source'; readonly key: StreamKey }
  | { readonly outcome: 'unknown-partition'; readonly key: PartitionKey }
  /** The queue did not take the message, and nothing else remembers the wish. */
  | { readonly outcome: 'queue-unavailable'; readonly key: PartitionKey };

/**
 * Asks for one partition, whether it is stale, or its stream paused, or not. A full is remembered durably and only
 * once: who asks again meanwhile is told the run that will carry it. An incremental is one message.
 */
export async function requestPartitionSync(
  ports: RequestPorts,
  target: SyncTarget,
  partition: string,
  mode: SyncMode,
): Promise<SyncRequested> {
  const stream = streamKeyOf(target);
  const key = partitionKey(stream, partition);
  if (!isEnabled(target.connection, target.stream)) return { outcome: 'disabled', key: stream };
  if (target.stream.coverage === 'import') return { outcome: 'no-source', key: stream };
  if ((await ports.partitions.read(key)) === undefined) return { outcome: 'unknown-partition', key };
  if (mode === 'full') return requestForce(ports, key, 'priority', (run) => ({ ...key, task: 'full', run }));
  const unsent = await ports.queue.send([{ task: { ...key, task: 'window', reason: 'due' }, lane: 'priority' }]);
  if (unsent.length > 0) return { outcome: 'queue-unavailable', key };
  return { outcome: 'queued', key, at: ports.clock.now() };
}

/**
 * Asks for whole streams, each by itself: incremental makes it due, full reads everything once, by one walk, or
 * partition by partition where they are asked one by one. A paused stream is read whole when asked, but has no
 * incremental before it is resumed.
 */
export async function requestStreamSync(
  ports: RequestPorts,
  targets: readonly SyncTarget[],
  mode: SyncMode,
): Promise<readonly SyncRequested[]> {
  const requested = (await Promise.all(targets.map((target) => requestOneStream(ports, target, mode)))).flat();
  // One message plans every due stream of a connection.
  const due = requested.flatMap((request) => (request.outcome === 'due' ? [request.key] : []));
  for (const streams of Map.groupBy(due, ({ connection }) => connection).values()) {
    const [first] = streams;
    if (first !== undefined) await planSoon(ports, first);
  }
  return requested;
}

async function requestOneStream(
  ports: RequestPorts,
  target: SyncTarget,
  mode: SyncMode,
): Promise<readonly SyncRequested[]> {
  const stream = streamKeyOf(target);
  if (!isEnabled(target.connection, target.stream)) return [{ outcome: 'disabled', key: stream }];
  if (target.stream.coverage === 'import') return [{ outcome: 'no-source', key: stream }];
  const fulls = mode === 'full' ? await requestFull(ports, target, stream) : [];
  if (fulls.length > 0) return fulls;
  if ((await ports.streams.read(stream))?.paused) return [{ outcome: 'paused', key: stream }];
  await ports.streams.makeDue(stream);
  return [{ outcome: 'due', key: stream, at: ports.clock.now() }];
}

/** @returns nothing while no partition is known of a stream whose partitions are asked one by one: its first load is due */
async function requestFull(
  ports: RequestPorts,
  target: SyncTarget,
  stream: StreamKey,
): Promise<readonly SyncRequested[]> {
  if (target.stream.coverage === 'stream') {
    const key = partitionKey(stream, WHOLE_STREAM);
    const taskOf = (run: string) => ({ ...key, task: 'walk', run, partition: WHOLE_STREAM }) as const;
    return [await requestForce(ports, key, 'scheduled', taskOf)];
  }
  return inParallel(await allPartitions(ports, stream), WRITES_AT_ONCE, ({ id }) => {
    const key = partitionKey(stream, id);
    return requestForce(ports, key, 'scheduled', (run) => ({ ...key, task: 'full', run }));
  });
}

async function requestForce(
  ports: RequestPorts,
  key: PartitionKey,
  lane: Lane,
  taskOf: (run: string) => Task & { readonly task: 'full' | 'walk' },
): Promise<SyncRequested> {
  const { run, created } = await ports.partitions.requestForce(key, newRunId(ports));
  // Without its entry in the history an earlier request did not get as far as the queue: it is completed here.
  if (created || (await ports.runs.find(run, [key.connection])) === undefined) {
    const task = taskOf(run);
    await announceRun(ports, { ...key, run, task: task.task, trigger: 'force' }, { task, lane });
  }
  return { outcome: 'run', key, run, joined: !created };
}

/** The schedule would find the stream due in its next cycle; whoever asked is not kept waiting for that. */
async function planSoon(ports: RequestPorts, stream: StreamKey): Promise<void> {
  const task = { ...partitionKey(stream, WHOLE_STREAM), task: 'plan' } as const;
  const unsent = await ports.queue.send([{ task, lane: 'priority' }]);
  if (unsent.length > 0) ports.telemetry.log('warn', 'sync not queued, left to the schedule', { ...stream });
}

function streamKeyOf({ connection, stream }: SyncTarget): StreamKey {
  return { connection: connection.connection.id, stream: stream.name };
}
