import type { BreakerTurn, CallsEnd, Question } from '../../lib/domain/breaker.ts';
import {
  type BudgetState,
  type CallLimits,
  EMPTY_BUDGET,
  endCalls,
  pauseCalls,
  reserveCall,
} from '../../lib/domain/budget.ts';
import type { Instant } from '../../lib/domain/instant.ts';
import type { Priority } from '../../lib/domain/priority.ts';
import type { CallBudget, CallGrant } from '../../lib/ports/call-budget.ts';
import type { Clock } from '../../lib/ports/clock.ts';

/** Instances that share `states` behave like environments that share a table. */
export class InMemoryCallBudget implements CallBudget {
  readonly #clock: Clock;
  readonly #holder: string;
  readonly #states: Map<string, BudgetState>;

  constructor(clock: Clock, holder: string, states: Map<string, BudgetState> = new Map()) {
    this.#clock = clock;
    this.#holder = holder;
    this.#states = states;
  }

  /** Another environment on the same table. */
  another(holder: string): InMemoryCallBudget {
    return new InMemoryCallBudget(this.#clock, holder, this.#states);
  }

  async reserve(
    connection: string,
    limits: CallLimits,
    priority: Priority,
    question: Question = {},
  ): Promise<CallGrant> {
    const request = { priority, holder: this.#holder, question, now: this.#clock.now() };
    const decision = reserveCall(this.#states.get(connection) ?? EMPTY_BUDGET, limits, request);
    if (decision.outcome === 'denied') return decision;
    this.#states.set(connection, decision.state);
    const { breaker } = decision.state;
    return { outcome: 'granted', order: decision.order, ...(breaker && { failures: breaker.failures }) };
  }

  async report(connection: string, end: CallsEnd): Promise<BreakerTurn> {
    const seen = this.#states.get(connection) ?? EMPTY_BUDGET;
    const { state, turn } = endCalls(seen, end, this.#clock.now());
    if (state !== seen) this.#states.set(connection, state);
    return turn;
  }

  async pause(connection: string, until: Instant, reason: 'rate-limited' | 'quota-spent'): Promise<void> {
    this.#states.set(connection, pauseCalls(this.#states.get(connection) ?? EMPTY_BUDGET, until, reason));
  }

  async read(connection: string): Promise<BudgetState> {
    return this.#states.get(connection) ?? EMPTY_BUDGET;
  }
}
