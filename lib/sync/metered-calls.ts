import type { CallLimits, DenialReason } from '../domain/budget.ts';
import type { Priority } from '../domain/priority.ts';
import type { CallBudget } from '../ports/call-budget.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../ports/http.ts';
import { type SourceCalls, SourceFailure, type SourceFailureCode, type SourceResponse } from '../ports/source.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { BreakerWatch } from './breaker-watch.ts';
import type { Turnstile } from './turnstile.ts';

export interface MeteredCallsOptions {
  readonly connection: string;
  readonly limits: CallLimits;
  readonly priority: Priority;
  readonly budget: CallBudget;
  readonly http: Http;
  readonly telemetry: Telemetry;
  /** Is told of every call that is granted. */
  readonly watch: BreakerWatch;
  /** Shared by all callers of this environment: the budget counts one call under way per environment. */
  readonly turnstile: Turnstile;
}

const DENIED: Readonly<Record<DenialReason, SourceFailureCode>> = {
  minute: 'source-rate-limited',
  concurrency: 'source-rate-limited',
  paused: 'source-rate-limited',
  day: 'source-quota-spent',
  'quota-spent': 'source-quota-spent',
  breaker: 'source-down',
};

/** A connection's calls to its source: each is reserved at the shared budget before it is sent. */
export class MeteredCalls implements SourceCalls {
  /** How many were sent. */
  made = 0;
  readonly #options: MeteredCallsOptions;

  constructor(options: MeteredCallsOptions) {
    this.#options = options;
  }

  send(request: HttpRequest): Promise<SourceResponse> {
    return this.#options.turnstile.pass(() => this.#sendNow(request));
  }

  async #sendNow(request: HttpRequest): Promise<SourceResponse> {
    const order = await this.#reserve();
    const response = await this.#fetch(request);
    if (response.date === undefined) {
      throw new SourceFailure('source-malformed', 'the source sent no readable Date header, so its clock is unknown', {
        status: response.status,
      });
    }
    return { ...response, date: response.date, order };
  }

  async #reserve(): Promise<number> {
    const { connection, limits, priority, budget, telemetry, watch } = this.#options;
    const grant = await budget.reserve(connection, limits, priority, watch.question);
    if (grant.outcome === 'granted') {
      watch.granted(grant);
      this.made += 1;
      telemetry.metric('SourceCalls', 1, { connection });
      return grant.order;
    }
    throw new SourceFailure(
      DENIED[grant.reason],
      `the call budget of connection ${connection} denies a ${priority} call (${grant.reason})`,
      { retryAt: grant.retryAt },
    );
  }

  async #fetch(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#options.http.send(request);
    } catch (error) {
      if (error instanceof HttpFailure) throw new SourceFailure('source-unavailable', error.message, { cause: error });
      throw error;
    }
  }
}
