import { decodeTask } from '../../lib/adapters/sqs/task-codec.ts';
import { Failure } from '../../lib/domain/failure.ts';
import type { ImportTask } from '../../lib/domain/task.ts';
import { BAD_MESSAGE } from '../../lib/ports/dead-letters.ts';
import type { ImportRuntime } from '../../lib/runtime/import-runtime.ts';
import { giveBack, type TaskFailure } from '../../lib/sync/give-back.ts';
import { importFile } from '../../lib/sync/import-file.ts';
import type { Slice } from '../../lib/sync/sync-context.ts';

export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

type ImportBatchRuntime = Pick<ImportRuntime, 'ports' | 'sources' | 'givingBack' | 'imports'>;

/** Carries out imports one after the other. One that fails for a passing reason goes back to its queue. */
export async function runImports(
  runtime: ImportBatchRuntime,
  messages: readonly QueueMessage[],
  slice: Slice,
): Promise<BatchResponse> {
  const failed: string[] = [];
  for (const message of messages) {
    const owner = `${slice.owner}/${message.messageId}`;
    if (!(await runMessage(runtime, message, { ...slice, owner }))) failed.push(message.messageId);
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** @returns whether the message is dealt with */
async function runMessage(runtime: ImportBatchRuntime, message: QueueMessage, slice: Slice): Promise<boolean> {
  const { messageId: id, receiptHandle: receipt, attributes } = message;
  const decoded = decodeTask(message.body);
  const task = 'problem' in decoded || decoded.task !== 'import' ? undefined : decoded;
  const failure = task === undefined ? { code: BAD_MESSAGE, retryable: false } : await carryOut(runtime, task, slice);
  if (failure === undefined) return true;
  const receives = Number(attributes.ApproximateReceiveCount);
  const delivery = { id, lane: 'imports', receipt, receives, ...(task && { task }) } as const;
  await giveBack(runtime.ports, runtime.givingBack, delivery, failure, slice);
  return false;
}

/** @returns what went wrong, if something did */
async function carryOut(
  { ports, sources, imports }: ImportBatchRuntime,
  task: ImportTask,
  slice: Slice,
): Promise<TaskFailure | undefined> {
  try {
    const verdict = await importFile(ports, sources, imports, task, slice);
    return verdict.verdict === 'done' ? undefined : { code: verdict.code, retryable: true };
  } catch (error) {
    const code = error instanceof Failure ? error.code : 'unexpected';
    const reason = error instanceof Error ? error.message : 'unknown';
    const { connection, stream, run } = task;
    ports.telemetry.log('error', 'import failed', { connection, stream, run, code, reason });
    return { code, retryable: error instanceof Failure && error.retryable };
  }
}
