import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BreakerTurn, CallsEnd, Question } from '../../domain/breaker.ts';
import {
  type BudgetState,
  type CallLimits,
  EMPTY_BUDGET,
  endCalls,
  pauseCalls,
  reserveCall,
} from '../../domain/budget.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Priority } from '../../domain/priority.ts';
import type { CallBudget, CallGrant } from '../../ports/call-budget.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Item, number, readText, text } from './attributes.ts';
import { BUDGET_ITEM_VERSION, encodeBudget, readBudget } from './budget-item.ts';
import { callToken } from './call-token.ts';
import { difference } from './expression.ts';
import { budgetItemKey } from './keys.ts';
import { standBack } from './stand-back.ts';
import { StoreFailure } from './store-failure.ts';
import { Table } from './table.ts';

const TRIES = 8;

/**
 * The call budget as one item per connection, rewritten under the condition that nobody has called since. What was
 * last seen is remembered, so that a warm environment skips the read: a stale memory costs a refused write, and is
 * never the ground for a denial, whose reason and end must be right.
 */
export class DynamoCallBudget implements CallBudget {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #holder: string;

  /** @param holder names this environment, uniquely: it has one call under way at a time */
  constructor(client: DynamoDBClient, tableName: string, clock: Clock, holder: string) {
    this.#table = new Table(client, tableName, clock);
    this.#clock = clock;
    this.#holder = holder;
  }

  reserve(connection: string, limits: CallLimits, priority: Priority, question: Question = {}): Promise<CallGrant> {
    return this.#change<CallGrant>(connection, (seen) => {
      const request = { priority, holder: this.#holder, question, now: this.#clock.now() };
      const decision = reserveCall(seen, limits, request);
      if (decision.outcome === 'denied') return { state: seen, result: decision };
      const { order, state } = decision;
      const failures = state.breaker === undefined ? {} : { failures: state.breaker.failures };
      return { state, result: { outcome: 'granted', order, ...failures } };
    });
  }

  report(connection: string, end: CallsEnd): Promise<BreakerTurn> {
    return this.#change(connection, (seen) => {
      const { state, turn } = endCalls(seen, end, this.#clock.now());
      return { state, result: turn };
    });
  }

  pause(connection: string, until: Instant, reason: 'rate-limited' | 'quota-spent'): Promise<void> {
    return this.#change(connection, (seen) => ({ state: pauseCalls(seen, until, reason), result: undefined }));
  }

  async read(connection: string): Promise<BudgetState> {
    const item = await this.#table.get(budgetItemKey(connection));
    return item ? readBudget(item) : EMPTY_BUDGET;
  }

  /** Decides on what is there, and again when others changed it meanwhile. What stays as it was is not written. */
  async #change<T>(
    connection: string,
    decide: (seen: BudgetState) => { readonly state: BudgetState; readonly result: T },
  ): Promise<T> {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      // A read costs a tenth of the write that a stale memory would make fail.
      const seen = await this.read(connection);
      const { state, result } = decide(seen);
      if (state === seen || (await this.#write(connection, seen, state))) return result;
      await standBack(this.#clock, attempt, this.#holder);
    }
    throw contended();
  }

  /** @returns whether the budget still was what was seen */
  async #write(connection: string, seen: BudgetState, next: BudgetState): Promise<boolean> {
    const token = `${this.#holder} ${callToken(this.#clock)}`;
    const first = seen.calls === 0;
    const changes = difference(first ? {} : encodeBudget(seen), encodeBudget(next));
    const values: Item = { ...changes.values, v: number(BUDGET_ITEM_VERSION), token: text(token) };
    const updated = await this.#table.update({
      key: budgetItemKey(connection),
      set: [...changes.set, '#ct = :token', '#v = if_not_exists(#v, :v)'],
      remove: changes.remove,
      condition: first ? 'attribute_not_exists(#c)' : '#c = :seen',
      values: first ? values : { ...values, seen: number(seen.calls) },
    });
    // A refused write that carries our token is the repetition of one whose answer was lost.
    return updated.outcome === 'written' || readText(updated.current ?? {}, 'ct') === token;
  }
}

function contended(): StoreFailure {
  return new StoreFailure(`the call budget was taken by others ${TRIES} times in a row`);
}
