import type { Slice } from '../sync/sync-context.ts';

/** What Lambda tells about the invocation, as far as it is needed. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

const MARGIN_MS = 2_000;

/** The invocation as a slice of runs: it owns leases under its request id and ends a little before Lambda ends it. */
export function sliceOf(context: InvocationContext): Slice {
  return {
    owner: context.awsRequestId,
    remainingMs: () => Math.max(0, context.getRemainingTimeInMillis() - MARGIN_MS),
  };
}
