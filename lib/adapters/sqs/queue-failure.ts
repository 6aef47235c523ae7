import { Failure } from '../../domain/failure.ts';

/** The queue did not answer, or asked to slow down. Whether the request took effect is unknown. */
export class QueueFailure extends Failure {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'queue-unavailable', retryable: true, cause });
  }
}

/** Refusals that pass: SQS counts them among the client's errors. */
const THROTTLING = /Throttl|RequestLimit/;

/**
 * Waits for an answer of SQS and names a passing failure (throttling, server, network) as one; a request that SQS calls
 * invalid is a defect and is thrown as it is. The message holds the operation and the error's name, no values.
 */
export async function answered<T>(operation: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error) || isDefect(error)) throw error;
    throw new QueueFailure(`${operation} did not succeed: ${error.name}`, error);
  }
}

function isDefect(error: Error): boolean {
  return '$fault' in error && error.$fault === 'client' && !THROTTLING.test(error.name);
}
