import { type InvocationContext, sliceOf } from '../../lib/runtime/invocation.ts';
import { createRuntime } from '../../lib/runtime/runtime.ts';
import { SOURCE_KINDS } from '../../lib/sources/source-kinds.ts';
import { type BatchResponse, type QueueMessage, runBatch } from './sync-batch.ts';

const runtime = createRuntime('sync', SOURCE_KINDS);

/** Invoked with messages of every lane but that of imports: for the slow one by a function that may run for longer. */
export async function handler(
  event: { readonly Records: readonly QueueMessage[] },
  context: InvocationContext,
): Promise<BatchResponse> {
  try {
    return await runBatch(runtime, event.Records, sliceOf(context));
  } finally {
    runtime.telemetry.flush();
  }
}
