import type { CallLimits, DenialReason } from '../domain/budget.ts';
import { plusMs } from '../domain/instant.ts';
import type { Priority } from '../domain/priority.ts';
import type { CallBudget, CallGrant } from '../ports/call-budget.ts';
import type { Clock } from '../ports/clock.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../ports/http.ts';
import { type SourceCalls, SourceFailure, type SourceFailureCode, type SourceResponse } from '../ports/source.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { BreakerWatch } from './breaker-watch.ts';
import type { Turnstile } from './turnstile.ts';

/** What calls need of whoever watches over them. */
export type CallWatch = Pick<BreakerWatch, 'question' | 'granted'>;

export interface MeteredCallsOptions {
  readonly connection: string;
  readonly limits: CallLimits;
  readonly priority: Priority;
  readonly budget: CallBudget;
  readonly http: Http;
  readonly telemetry: Telemetry;
  /** Knows what is asked, and is told of every call that is granted. */
  readonly watch: CallWatch;
  /** Shared by all callers of this environment: the budget counts one call under way per environment. */
  readonly turnstile: Turnstile;
  readonly clock: Clock;
}

/** How long a call waits for others of its connection and its environment. */
const LONGEST_WAIT_MS = 20_000;

/** How often a call asks for one of the places at a time, and how long it waits in between. */
const TIMES_FOR_A_PLACE = 6;
const PLACE_FREE_MS = 500;

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
    const { turnstile, clock } = this.#options;
    const waitsSince = clock.monotonicMs();
    return turnstile.pass(() => {
      if (clock.monotonicMs() - waitsSince > LONGEST_WAIT_MS) throw this.#waitedTooLong();
      return this.#sendNow(request);
    });
  }

  /** Others of the connection take long. To wait on would keep a worker from those who need not wait. */
  #waitedTooLong(): SourceFailure {
    const { connection, clock } = this.#options;
    return new SourceFailure('source-rate-limited', `others of connection ${connection} wait for its source`, {
      retryAt: plusMs(clock.now(), LONGEST_WAIT_MS),
    });
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
    const { connection, priority, telemetry, watch } = this.#options;
    const grant = await this.#ask();
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

  /** A place among the calls at a time is mostly free again in a moment: no task is put off for that. */
  async #ask(): Promise<CallGrant> {
    const { connection, limits, priority, budget, watch, clock } = this.#options;
    for (let time = 1; ; time += 1) {
      const grant = await budget.reserve(connection, limits, priority, watch.question);
      const isBusy = grant.outcome === 'denied' && grant.reason === 'concurrency';
      if (!isBusy || time === TIMES_FOR_A_PLACE) return grant;
      await clock.sleep(PLACE_FREE_MS);
    }
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
