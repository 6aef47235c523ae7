import * as z from 'zod';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { HttpEvent } from './http-event.ts';

export interface RequestAuthorizerOptions {
  readonly pool: FunctionPool;
  /** `$request.header.Authorization`, `$request.querystring.…`, `$context.…` */
  readonly identitySources: readonly string[];
  /** How long an answer holds for the same identity, on every route; 0 asks each time. */
  readonly ttlMs: number;
}

export type Authorization =
  | { readonly outcome: 'allowed'; readonly context: Readonly<Record<string, unknown>> }
  /** An identity source is missing: the function is not even asked. */
  | { readonly outcome: 'unauthorized' }
  | { readonly outcome: 'forbidden' }
  | { readonly outcome: 'failed' };

const simpleResponse = z.object({
  isAuthorized: z.boolean(),
  context: z.nullish(z.record(z.string(), z.unknown())),
});

/** A Lambda authorizer of type REQUEST, payload format 2.0, with simple responses. */
export class RequestAuthorizer {
  readonly #options: RequestAuthorizerOptions;
  readonly #cache = new Map<string, { readonly answer: Authorization; readonly until: number }>();

  constructor(options: RequestAuthorizerOptions) {
    this.#options = options;
  }

  async authorize(event: HttpEvent): Promise<Authorization> {
    const identity = this.#options.identitySources.map((source) => identityOf(source, event));
    if (identity.some((value) => value === undefined || value === '')) return { outcome: 'unauthorized' };
    const key = JSON.stringify(identity);
    const known = this.#cache.get(key);
    if (known !== undefined && known.until > Date.now()) return known.answer;
    const answer = await this.#ask(event, identity);
    const { ttlMs } = this.#options;
    if (ttlMs > 0 && identity.length > 0 && (answer.outcome === 'allowed' || answer.outcome === 'forbidden')) {
      this.#cache.set(key, { answer, until: Date.now() + ttlMs });
    }
    return answer;
  }

  async #ask(event: HttpEvent, identitySource: readonly (string | undefined)[]): Promise<Authorization> {
    const { body: _body, isBase64Encoded: _encoded, ...request } = event;
    const routeArn = `${this.#options.pool.definition.arn}/$default/${event.requestContext.http.method}${event.rawPath}`;
    const result = await this.#options.pool.invoke({ ...request, type: 'REQUEST', routeArn, identitySource });
    if (result.outcome === 'throttled') return { outcome: 'failed' };
    if (result.outcome === 'failed') {
      return { outcome: result.error.errorMessage === 'Unauthorized' ? 'unauthorized' : 'failed' };
    }
    const parsed = simpleResponse.safeParse(result.payload);
    if (!parsed.success) return { outcome: 'failed' };
    const { isAuthorized, context } = parsed.data;
    return isAuthorized ? { outcome: 'allowed', context: context ?? {} } : { outcome: 'forbidden' };
  }
}

function identityOf(source: string, event: HttpEvent): string | undefined {
  const [, place = '', name = ''] = /^\$(request\.header|request\.querystring|context)\.(.+)$/.exec(source) ?? [];
  switch (place) {
    case 'request.header':
      return event.headers[name.toLowerCase()];
    case 'request.querystring':
      return event.queryStringParameters?.[name];
    case 'context':
      return name === 'routeKey' ? event.routeKey : undefined;
    default:
      return undefined;
  }
}
