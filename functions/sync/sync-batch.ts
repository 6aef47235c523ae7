import { decodeTask } from '../../lib/adapters/sqs/task-codec.ts';
import { Failure } from '../../lib/domain/failure.ts';
import type { Lane } from '../../lib/domain/task.ts';
import type { Runtime } from '../../lib/runtime/runtime.ts';
import { runTask, type Verdict } from '../../lib/sync/run-task.ts';
import type { Slice } from '../../lib/sync/sync-context.ts';

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly eventSourceARN: string;
}

export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Carries out a batch of messages, each by itself: one that fails goes back to its queue alone. A message that says
 * nothing understandable fails every time and ends in the dead-letter queue, where a person finds it.
 */
export async function runBatch(
  runtime: Pick<Runtime, 'ports' | 'sources'>,
  messages: readonly QueueMessage[],
  slice: Slice,
): Promise<BatchResponse> {
  const verdicts = await Promise.all(
    // Each message is an owner of its own: two of one batch may want the same partition.
    messages.map((message) => runMessage(runtime, message, { ...slice, owner: `${slice.owner}/${message.messageId}` })),
  );
  const failed = messages.filter((_, index) => verdicts[index]?.verdict !== 'done');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function runMessage(
  { ports, sources }: Pick<Runtime, 'ports' | 'sources'>,
  message: QueueMessage,
  slice: Slice,
): Promise<Verdict> {
  const decoded = decodeTask(message.body);
  if ('problem' in decoded) {
    ports.telemetry.log('error', 'message not understood', { message: message.messageId, problem: decoded.problem });
    return { verdict: 'failed', code: 'bad-message' };
  }
  try {
    return await runTask(ports, sources, decoded, slice, laneOf(message));
  } catch (error) {
    const code = error instanceof Failure ? error.code : 'unexpected';
    const reason = error instanceof Error ? error.message : 'unknown';
    const { connection, stream, partition, task } = decoded;
    ports.telemetry.log('error', 'task failed', { connection, stream, partition, task, code, reason });
    return { verdict: 'failed', code };
  }
}

function laneOf({ eventSourceARN }: QueueMessage): Lane {
  return /priority/i.test(eventSourceARN.split(':').at(-1) ?? '') ? 'priority' : 'scheduled';
}
