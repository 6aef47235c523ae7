import { Failure } from '../../domain/failure.ts';

/** The table did not answer, or asked to slow down. Whether a write took effect is unknown; repeating it is safe. */
export class StoreFailure extends Failure {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'store-unavailable', retryable: true, cause });
  }
}

const PASSING_NAMES: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
  'InternalServerError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TimeoutError',
  'RequestTimeout',
  'AbortError',
]);

const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * Names a passing failure (throttling, server, network) as one; anything else, such as a request the table calls
 * invalid, is a defect and comes back as it is. The message holds the operation and the error's name, no values.
 */
export function asStoreFailure(operation: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return isPassing(error) ? new StoreFailure(`${operation} did not succeed: ${error.name}`, error) : error;
}

function isPassing(error: Error): boolean {
  if (PASSING_NAMES.has(error.name)) return true;
  if ('code' in error && typeof error.code === 'string' && NETWORK_CODES.has(error.code)) return true;
  return '$fault' in error && error.$fault === 'server';
}
