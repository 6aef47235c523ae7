import * as z from 'zod';

/** What the host asks an execution environment. */
export interface InvokeRequest {
  readonly requestId: string;
  readonly event: unknown;
  /** Epoch milliseconds at which the invocation is ended. */
  readonly deadlineMs: number;
  readonly functionArn: string;
}

const error = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.exactOptional(z.array(z.string()).readonly()),
});

/** What an execution environment says. */
export const replySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  /** `payload` is JSON text. `peakMb` is the most memory the environment has ever used, as Lambda's report names it. */
  z.object({ kind: z.literal('answer'), requestId: z.string(), payload: z.string(), peakMb: z.number() }),
  /** The handler threw; the environment can go on. */
  z.object({ kind: z.literal('error'), requestId: z.string(), error, peakMb: z.number() }),
  /** The environment is about to end: the bundle could not be loaded, or something threw where nobody caught it. */
  z.object({ kind: z.literal('fatal'), error }),
]);

export type EnvironmentReply = z.infer<typeof replySchema>;
