import { createImportRuntime } from '../../lib/runtime/import-runtime.ts';
import { type InvocationContext, sliceOf } from '../../lib/runtime/invocation.ts';
import { type BatchResponse, type QueueMessage, runImports } from './import-batch.ts';

const runtime = createImportRuntime('importer');

/** Invoked with messages of the imports' lane. */
export async function handler(
  event: { readonly Records: readonly QueueMessage[] },
  context: InvocationContext,
): Promise<BatchResponse> {
  try {
    return await runImports(runtime, event.Records, sliceOf(context));
  } finally {
    runtime.telemetry.flush();
  }
}
