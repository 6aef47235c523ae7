import type { BreakerTurn, CallsEnd, Question } from '../domain/breaker.ts';
import { Failure } from '../domain/failure.ts';
import { toIso } from '../domain/instant.ts';
import type { CallBudget, CallGrant } from '../ports/call-budget.ts';
import type { Randomness } from '../ports/randomness.ts';
import { SourceFailure } from '../ports/source.ts';
import type { Telemetry } from '../ports/telemetry.ts';

export interface BreakerWatchOptions {
  readonly connection: string;
  readonly budget: CallBudget;
  readonly randomness: Randomness;
  readonly telemetry: Telemetry;
}

type Granted = Extract<CallGrant, { readonly outcome: 'granted' }>;

/**
 * Tells the connection's circuit breaker how questions to its source end. That a body is no answer is known only to the
 * source, so whole questions are watched and not single calls. An answer costs nothing while all is well, a failure one
 * write.
 */
export class BreakerWatch {
  readonly #options: BreakerWatchOptions;
  #granted: Granted | undefined;
  #partition: string | undefined;

  constructor(options: BreakerWatchOptions) {
    this.#options = options;
  }

  /** The question now under way. */
  get question(): Question {
    return {
      ...(this.#partition === undefined ? {} : { partition: this.#partition }),
      ...(this.#granted === undefined ? {} : { order: this.#granted.order }),
    };
  }

  /** A call of the question now under way was granted. */
  granted(grant: Granted): void {
    this.#granted = grant;
  }

  /**
   * Asks, about one partition or over all, and reports how that ended.
   * @throws SourceFailure `source-down` in place of the failure that opened the breaker, or opened it again
   */
  async over<T>(ask: () => Promise<T>, partition?: string): Promise<T> {
    this.#granted = undefined;
    this.#partition = partition;
    try {
      const answer = await ask();
      await this.#report('answered', partition);
      return answer;
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      const turn = await this.#report(meaningOf(error), partition);
      if (turn?.turn !== 'opened') throw error;
      const detail = {
        retryAt: turn.retryAt,
        cause: error,
        ...(error.status === undefined ? {} : { status: error.status }),
      };
      throw new SourceFailure('source-down', `${error.message}; ${turn.failures} failures in a row`, detail);
    }
  }

  async #report(
    outcome: CallsEnd['outcome'] | 'unknown',
    partition: string | undefined,
  ): Promise<BreakerTurn | undefined> {
    const { order, failures } = this.#granted ?? {};
    if (outcome === 'unknown' || (outcome === 'answered' && failures === undefined)) return undefined;
    const { connection, budget, randomness, telemetry } = this.#options;
    const end = {
      outcome,
      fraction: randomness.fraction(),
      ...(order === undefined ? {} : { order }),
      ...(partition === undefined ? {} : { partition }),
    };
    try {
      const turn = await budget.report(connection, end);
      this.#log(turn);
      return turn;
    } catch (error) {
      // The next call that ends reports again; what the source answered is not lost for it.
      if (!(error instanceof Failure)) throw error;
      telemetry.log('warn', 'the end of a call could not be reported', { connection, code: error.code });
      return undefined;
    }
  }

  #log(turn: BreakerTurn): void {
    const { connection, telemetry } = this.#options;
    if (turn.turn === 'closed') telemetry.log('info', 'the source answers again', { connection });
    if (turn.turn !== 'opened') return;
    const { failures, retryAt } = turn;
    telemetry.log('error', 'the source is down: its calls are held back', {
      connection,
      failures,
      retryAt: toIso(retryAt),
    });
  }
}

/** What a failure says about the source. A refusal is an answer; what our own budget denied was never asked. */
function meaningOf({ code, status }: SourceFailure): CallsEnd['outcome'] | 'unknown' {
  switch (code) {
    case 'source-unavailable':
    case 'source-malformed':
      return 'failed';
    case 'source-rate-limited':
    case 'source-quota-spent':
      return status === undefined ? 'unknown' : 'answered';
    case 'source-unauthorized':
    case 'source-misconfigured':
    case 'source-cursor-expired':
      return 'answered';
    case 'source-down':
      return 'unknown';
  }
}
