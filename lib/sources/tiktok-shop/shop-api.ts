import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SourceCalls, SourceResponse } from '../../ports/source.ts';
import type { AccessToken } from '../../ports/token-store.ts';
import type { AccessTokens } from '../kit/access-tokens.ts';
import { isJsonObject, ownField } from '../kit/exact-json.ts';
import { sliceJsonArray, sliceJsonValue } from '../kit/json-slices.ts';
import { retryAfterMs } from '../kit/retry-after.ts';
import { type Answer, classify, stillRefused, type Verdict } from './classify.ts';
import { readCode } from './fields.ts';
import type { TikTokAccount } from './settings.ts';
import { signRequest } from './sign.ts';
import type { SourceClock } from './source-clock.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The array of `data` that holds records. */
  readonly list: string;
  readonly byIds?: boolean;
}

export interface Served {
  readonly servedAt: Instant;
  readonly order: number;
}

export type ApiAnswer =
  | (Served & {
      readonly outcome: 'answered';
      /** The exact text of every record; empty when there is no list. */
      readonly elements: readonly string[];
      /** `data` without the records. */
      readonly data: Readonly<Record<string, unknown>>;
      /** The exact text of `data`. */
      readonly dataText: () => string;
    })
  | (Served & { readonly outcome: 'page-token-refused' | 'not-there' });

export interface ShopApiTools {
  readonly calls: SourceCalls;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly sourceClock: SourceClock;
}

/** Signed calls of the Open API. Retries nothing but a refused token and a refused timestamp, each once. */
export class ShopApi {
  readonly #account: TikTokAccount;
  readonly #tools: ShopApiTools;

  constructor(account: TikTokAccount, tools: ShopApiTools) {
    this.#account = account;
    this.#tools = tools;
  }

  /** Makes sure there is an access token. @throws SourceFailure */
  async authorize(): Promise<void> {
    await this.#tools.tokens.current();
  }

  /** @throws SourceFailure */
  async call(request: ApiRequest): Promise<ApiAnswer> {
    const corrected = new Set<Verdict['outcome']>();
    let token = await this.#tools.tokens.current();
    for (;;) {
      const asked = await this.#ask(request, token);
      const { outcome } = asked.verdict;
      if (outcome !== 'token-refused' && outcome !== 'clock-refused') return answerOf(asked, asked.verdict);
      if (corrected.has(outcome)) throw stillRefused(outcome, asked.answer);
      corrected.add(outcome);
      if (outcome === 'token-refused') token = await this.#tools.tokens.replacing(token);
    }
  }

  async #ask(request: ApiRequest, token: AccessToken): Promise<Asked> {
    const { calls, clock, sourceClock } = this.#tools;
    const { body } = request;
    const response = await calls.send({
      method: request.method,
      url: this.#url(request),
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'x-tts-access-token': token.value,
      },
      ...(body === undefined ? {} : { body }),
    });
    sourceClock.heard(response.date);
    const { answer, sliced } = readAnswer(response, request.list);
    const verdict = classify(answer, {
      now: clock.now(),
      continued: request.query.page_token !== undefined,
      byIds: request.byIds ?? false,
    });
    return { response, answer, sliced, verdict };
  }

  /** The signature is over the parameters as they are before they are escaped, and over a timestamp of this very call. */
  #url({ path, query, body }: ApiRequest): string {
    const { settings, secrets, apiOrigin } = this.#account;
    const timestamp = String(Math.floor(this.#tools.sourceClock.now() / 1_000));
    const signed = { ...query, app_key: settings.appKey, timestamp };
    const sign = signRequest(secrets.appSecret, { path, query: signed, ...(body === undefined ? {} : { body }) });
    const parameters = Object.entries({ ...signed, sign });
    // Not URLSearchParams: it writes a space as `+`, which not every server reads as one.
    return `${apiOrigin}${path}?${parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
  }
}

interface Asked {
  readonly response: SourceResponse;
  readonly answer: Answer;
  readonly sliced: ReturnType<typeof sliceJsonArray>;
  readonly verdict: Verdict;
}

function readAnswer(response: SourceResponse, list: string): Pick<Asked, 'answer' | 'sliced'> {
  const sliced = sliceJsonArray(response.body, list, 'data');
  const pauseMs = retryAfterMs(response.headers['retry-after'], response.date);
  const code = sliced && readCode(ownField(sliced.envelope, 'code'));
  const message = sliced && ownField(sliced.envelope, 'message');
  const answer: Answer = {
    status: response.status,
    body: sliced === undefined ? 'not-json' : isJsonObject(ownField(sliced.envelope, 'data')) ? 'data' : 'json',
    ...(code === undefined ? {} : { code }),
    ...(typeof message === 'string' ? { message } : {}),
    ...(pauseMs === undefined ? {} : { retryAfterMs: pauseMs }),
  };
  return { answer, sliced };
}

function answerOf(
  { response, sliced }: Asked,
  verdict: Exclude<Verdict, { outcome: 'token-refused' | 'clock-refused' }>,
): ApiAnswer {
  const served = { servedAt: response.date, order: response.order };
  switch (verdict.outcome) {
    case 'failed':
      throw verdict.failure;
    case 'page-token-refused':
    case 'not-there':
      return { outcome: verdict.outcome, ...served };
    case 'answered': {
      const data = sliced && ownField(sliced.envelope, 'data');
      return {
        outcome: 'answered',
        ...served,
        elements: sliced?.elements ?? [],
        data: isJsonObject(data) ? data : {},
        dataText: () => sliceJsonValue(response.body, 'data') ?? '{}',
      };
    }
  }
}
