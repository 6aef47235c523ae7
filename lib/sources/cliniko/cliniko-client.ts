import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SourceCalls } from '../../ports/source.ts';
import { type ListAnswer, readAnswer } from './answer.ts';
import type { ListPosition } from './cursor.ts';
import type { ListRequest } from './lists.ts';
import type { ClinikoAccount } from './settings.ts';

export interface ListPage extends ListAnswer {
  readonly servedAt: Instant;
  readonly order: number;
}

/** Where in a list a page begins: with its first row when nothing is said. */
export type PagePlace = Pick<ListPosition, 'after' | 'page'>;

export interface ClinikoClientTools {
  readonly calls: SourceCalls;
  readonly clock: Clock;
}

/**
 * Reads pages of Cliniko's lists in the order of their ids. A page is asked for by the id after which it begins, and by its
 * number only where a list does not heed that: rows that leave a list while it is read shift all later ones into pages
 * already read.
 */
export class ClinikoClient {
  readonly #account: ClinikoAccount;
  readonly #tools: ClinikoClientTools;

  constructor(account: ClinikoAccount, tools: ClinikoClientTools) {
    this.#account = account;
    this.#tools = tools;
  }

  /** One page: the rows whose ids follow `after`, or else the one of this number. @throws SourceFailure */
  async page(request: Pick<ListRequest, 'path' | 'filters'>, place: PagePlace = {}): Promise<ListPage> {
    const { calls, clock } = this.#tools;
    const response = await calls.send({ method: 'GET', url: this.#url(request, place), headers: this.#headers() });
    const root = request.path.split('/')[0] ?? request.path;
    return { ...readAnswer(response, root, clock.now()), servedAt: response.date, order: response.order };
  }

  #url({ path, filters }: Pick<ListRequest, 'path' | 'filters'>, { after, page }: PagePlace): string {
    const { origin, settings } = this.#account;
    const wanted = after === undefined ? filters : [...filters, `id:>${after}`];
    const parameters = [
      `per_page=${settings.pageSize}`,
      'sort=id',
      ...(page === undefined ? [] : [`page=${page}`]),
      ...wanted.map((filter) => `q%5B%5D=${encodeURIComponent(filter)}`),
    ];
    return `${origin}/v1/${path}?${parameters.join('&')}`;
  }

  #headers(): Readonly<Record<string, string>> {
    const { apiKey, settings } = this.#account;
    return {
      authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`,
      accept: 'application/json',
      'user-agent': settings.userAgent,
    };
  }
}
