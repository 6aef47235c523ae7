import type { Http, HttpRequest, HttpResponse } from '../../lib/ports/http.ts';

/** HTTP that answers by script and remembers what it was asked. A script may throw, as a network does. */
export class ScriptedHttp implements Http {
  readonly requests: HttpRequest[] = [];
  readonly #answer: (request: HttpRequest, call: number) => { readonly status?: number; readonly body: string };

  /** `call` counts from 0. */
  constructor(answer: (request: HttpRequest, call: number) => { readonly status?: number; readonly body: string }) {
    this.#answer = answer;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const call = this.requests.length;
    this.requests.push(request);
    const { status = 200, body } = this.#answer(request, call);
    return { status, headers: {}, body };
  }
}
