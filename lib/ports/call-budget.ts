import type { BudgetState, CallLimits, DenialReason } from '../domain/budget.ts';
import type { Instant } from '../domain/instant.ts';
import type { Priority } from '../domain/priority.ts';

export type CallGrant =
  | { readonly outcome: 'granted'; readonly order: number }
  | { readonly outcome: 'denied'; readonly reason: DenialReason; readonly retryAt: Instant };

/** One call budget per connection, shared by all Lambdas. */
export interface CallBudget {
  /** Reserves one call. One conditional write when nobody else reserves at the same moment. */
  reserve(connection: string, limits: CallLimits, priority: Priority): Promise<CallGrant>;
  /** Remembers that the vendor wants no call before `until`. */
  pause(connection: string, until: Instant, reason: 'rate-limited' | 'quota-spent'): Promise<void>;
  /** What is spent; an empty budget for a connection never called. */
  read(connection: string): Promise<BudgetState>;
}
