import { decodeTask } from '../../lib/adapters/sqs/task-codec.ts';
import { Failure } from '../../lib/domain/failure.ts';
import { LANES, type Lane, type Task } from '../../lib/domain/task.ts';
import { BAD_MESSAGE } from '../../lib/ports/dead-letters.ts';
import type { Runtime } from '../../lib/runtime/runtime.ts';
import { giveBack, type TaskFailure } from '../../lib/sync/give-back.ts';
import { runTask } from '../../lib/sync/run-task.ts';
import { SLOW_RESERVE_MS, type Slice } from '../../lib/sync/sync-context.ts';

export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
  readonly eventSourceARN: string;
}

export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

type BatchRuntime = Pick<Runtime, 'ports' | 'sources' | 'givingBack'>;

/**
 * Carries out a batch of messages, each by itself: one that fails goes back to its queue alone. A message that says
 * nothing understandable fails every time and ends in the dead-letter queue, where a person finds it.
 */
export async function runBatch(
  runtime: BatchRuntime,
  messages: readonly QueueMessage[],
  slice: Slice,
): Promise<BatchResponse> {
  const done = await Promise.all(
    // Each message is an owner of its own: two of one batch may want the same partition.
    messages.map((message) => runMessage(runtime, message, { ...slice, owner: `${slice.owner}/${message.messageId}` })),
  );
  const failed = messages.filter((_, index) => done[index] !== true);
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** @returns whether the message is dealt with */
async function runMessage(runtime: BatchRuntime, message: QueueMessage, slice: Slice): Promise<boolean> {
  const { messageId: id, receiptHandle: receipt, attributes } = message;
  const decoded = decodeTask(message.body);
  const lane = laneOf(message);
  const task = 'problem' in decoded ? undefined : decoded;
  const failure =
    'problem' in decoded ? refuse(runtime, id, decoded.problem) : await carryOut(runtime, decoded, slice, lane);
  if (failure === undefined) return true;
  const delivery = { id, lane, receipt, receives: Number(attributes.ApproximateReceiveCount), ...(task && { task }) };
  await giveBack(runtime.ports, runtime.givingBack, delivery, failure, slice);
  return false;
}

/** Not worth trying again soon: it helps at most when a deploy ends during which two versions share a queue. */
function refuse({ ports }: BatchRuntime, message: string, problem: string): TaskFailure {
  ports.telemetry.log('error', 'message not understood', { message, problem });
  return { code: BAD_MESSAGE, retryable: false };
}

/** @returns what went wrong, if something did */
async function carryOut(
  { ports, sources }: BatchRuntime,
  decoded: Task,
  slice: Slice,
  lane: Lane,
): Promise<TaskFailure | undefined> {
  try {
    const own = lane === 'slow' ? { ...slice, reserveMs: SLOW_RESERVE_MS } : slice;
    const verdict = await runTask(ports, sources, decoded, own, lane);
    return verdict.verdict === 'done' ? undefined : { code: verdict.code, retryable: true };
  } catch (error) {
    const code = error instanceof Failure ? error.code : 'unexpected';
    const reason = error instanceof Error ? error.message : 'unknown';
    const { connection, stream, partition, task } = decoded;
    ports.telemetry.log('error', 'task failed', { connection, stream, partition, task, code, reason });
    return { code, retryable: error instanceof Failure && error.retryable };
  }
}

/** By the last word of its queue's name. */
function laneOf({ eventSourceARN }: QueueMessage): Lane {
  const name = eventSourceARN.split(/[:-]/).at(-1)?.toLowerCase();
  return LANES.find((lane) => lane === name) ?? 'scheduled';
}
