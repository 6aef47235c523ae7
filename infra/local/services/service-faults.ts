import type { FaultQueue } from './fault-queue.ts';
import type { JsonObject } from './json.ts';

/** What tests can make an AWS service answer. */
export interface ServiceFault {
  /** @default any */
  readonly operation?: string;
  /** @default any */
  readonly match?: (input: JsonObject) => boolean;
  /** The name of the error, or `drop`: the connection breaks. Names with `Internal` or `Unavailable` are status 5xx. */
  readonly error:
    | 'ProvisionedThroughputExceededException'
    | 'RequestLimitExceeded'
    | 'RequestThrottled'
    | 'ThrottlingException'
    | 'AccessDeniedException'
    | 'InternalError'
    | 'InternalServerError'
    | 'ServiceUnavailable'
    | 'drop';
  /** Whether the request takes effect all the same. @default false */
  readonly applied?: boolean;
  /** How many requests it befalls; the SDK's own retries count. @default 1 */
  readonly count?: number;
}

/** The fault that befalls this request, used up by it. */
export function faultOf(
  faults: FaultQueue<ServiceFault>,
  operation: string,
  input: JsonObject,
): ServiceFault | undefined {
  return faults.take((fault) => (fault.operation ?? operation) === operation && (fault.match?.(input) ?? true));
}
