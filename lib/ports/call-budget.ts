import type { BreakerTurn, CallsEnd, Question } from '../domain/breaker.ts';
import type { BudgetState, CallLimits, Denial } from '../domain/budget.ts';
import type { Instant } from '../domain/instant.ts';
import type { Priority } from '../domain/priority.ts';

export type CallGrant =
  | {
      readonly outcome: 'granted';
      readonly order: number;
      /** Calls in a row that the source has not answered; absent when it answered the last one. */
      readonly failures?: number;
    }
  | Denial;

/** One call budget per connection, shared by all Lambdas. */
export interface CallBudget {
  /** Reserves one call of a question. One conditional write when nobody else reserves at the same moment. */
  reserve(connection: string, limits: CallLimits, priority: Priority, question?: Question): Promise<CallGrant>;
  /**
   * Tells the circuit breaker how granted calls ended. An answer need be told only when the grant spoke of failures. One
   * conditional write, or none when it changes nothing.
   */
  report(connection: string, end: CallsEnd): Promise<BreakerTurn>;
  /** Remembers that the vendor wants no call before `until`. */
  pause(connection: string, until: Instant, reason: 'rate-limited' | 'quota-spent'): Promise<void>;
  /** What is spent; an empty budget for a connection never called. */
  read(connection: string): Promise<BudgetState>;
}
