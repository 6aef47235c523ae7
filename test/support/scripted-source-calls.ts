import type { Instant } from '../../lib/domain/instant.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { HttpRequest } from '../../lib/ports/http.ts';
import type { SourceCalls, SourceResponse } from '../../lib/ports/source.ts';

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** The source's clock; this machine's by default. */
  readonly date?: Instant;
}

/** A source that answers by script and remembers what it was asked. */
export class ScriptedSourceCalls implements SourceCalls {
  readonly requests: HttpRequest[] = [];
  readonly #clock: Clock;
  readonly #answer: (request: HttpRequest, call: number) => ScriptedAnswer;

  /** `call` counts from 0. */
  constructor(clock: Clock, answer: (request: HttpRequest, call: number) => ScriptedAnswer) {
    this.#clock = clock;
    this.#answer = answer;
  }

  async send(request: HttpRequest): Promise<SourceResponse> {
    const { status = 200, headers = {}, body, date = this.#clock.now() } = this.#answer(request, this.requests.length);
    this.requests.push(request);
    return { status, headers, body, date, order: this.requests.length };
  }
}
