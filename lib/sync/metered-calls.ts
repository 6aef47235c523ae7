import type { CallLimits } from '../domain/budget.ts';
import type { Priority } from '../domain/priority.ts';
import type { CallBudget } from '../ports/call-budget.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../ports/http.ts';
import { type SourceCalls, SourceFailure, type SourceResponse } from '../ports/source.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Turnstile } from './turnstile.ts';

export interface MeteredCallsOptions {
  readonly connection: string;
  readonly limits: CallLimits;
  readonly priority: Priority;
  readonly budget: CallBudget;
  readonly http: Http;
  readonly telemetry: Telemetry;
  /** Shared by all callers of this environment: the budget counts one call under way per environment. */
  readonly turnstile: Turnstile;
}

/** A connection's calls to its source: each is reserved at the shared budget before it is sent. */
export class MeteredCalls implements SourceCalls {
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
    const { connection, limits, priority, budget, telemetry } = this.#options;
    const grant = await budget.reserve(connection, limits, priority);
    if (grant.outcome === 'granted') {
      telemetry.metric('SourceCalls', 1, { connection });
      return grant.order;
    }
    const spent = grant.reason === 'day' || grant.reason === 'quota-spent';
    throw new SourceFailure(
      spent ? 'source-quota-spent' : 'source-rate-limited',
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
