import type { Instant } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import { type SourceCalls, SourceFailure, type SourceResponse } from '../../ports/source.ts';
import type { AccessToken } from '../../ports/token-store.ts';
import type { AccessTokens } from '../kit/access-tokens.ts';
import { vendorOrigin } from '../kit/vendor-origin.ts';
import { type ReadAnswer, readAnswer } from './answer.ts';
import { classify, type Verdict } from './classify.ts';
import type { Criterion } from './criteria.ts';
import { API_HOSTS } from './data-centers.ts';
import { quotaZoneOf, type ZohoAccount } from './settings.ts';

export interface ReportRequest {
  readonly report: string;
  readonly pageSize: 200 | 500 | 1000;
  readonly fieldConfig: 'all' | 'detail_view' | 'quick_view' | 'custom';
  /** With `custom`. */
  readonly fields?: readonly string[];
  readonly criterion?: Criterion;
  /** Creator's page token. */
  readonly cursor?: string;
  /** Whether the other parameters accompany a page token. */
  readonly cursorParameters: 'repeat' | 'omit';
}

export interface ReportPage {
  /** The exact text of every record. */
  readonly elements: readonly string[];
  /** Creator's token for the next page; absent on the last. */
  readonly cursor?: string;
  readonly servedAt: Instant;
  readonly order: number;
}

export interface ReportClientTools {
  readonly calls: SourceCalls;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly allowLoopback: boolean;
}

/** What fits a header, and our own page token of at most 1 KB. */
const CURSOR = /^[\x21-\x7e]{1,980}$/;

/** Reads pages of Creator's reports (Get Records, v2.1). Retries nothing but a refused token, once. */
export class ReportClient {
  readonly #account: ZohoAccount;
  readonly #tools: ReportClientTools;

  constructor(account: ZohoAccount, tools: ReportClientTools) {
    this.#account = account;
    this.#tools = tools;
  }

  /** Makes sure there is an access token. @throws SourceFailure */
  async authorize(): Promise<void> {
    await this.#tools.tokens.current();
  }

  /** One page. @throws SourceFailure */
  async page(request: ReportRequest): Promise<ReportPage> {
    const token = await this.#tools.tokens.current();
    const first = await this.#ask(request, token);
    if (first.verdict.outcome !== 'token-refused') return pageOf(request, first);
    const second = await this.#ask(request, await this.#tools.tokens.replacing(token));
    return pageOf(request, second);
  }

  async #ask(request: ReportRequest, token: AccessToken): Promise<Asked> {
    const response = await this.#tools.calls.send({
      method: 'GET',
      url: this.#url(request, token),
      headers: this.#headers(request, token),
    });
    const read = readAnswer(response);
    const verdict = classify(read.answer, {
      now: this.#tools.clock.now(),
      quotaZone: quotaZoneOf(this.#account.settings),
      continued: request.cursor !== undefined,
    });
    return { response, read, verdict };
  }

  #url(request: ReportRequest, token: AccessToken): string {
    const { owner, app } = this.#account.settings;
    const path = ['creator', 'v2.1', 'data', owner, app, 'report', request.report].map(encodeURIComponent).join('/');
    const url = `${this.#apiOrigin(token)}/${path}`;
    const bare = request.cursor !== undefined && request.cursorParameters === 'omit';
    return bare ? url : `${url}?${queryOf(request)}`;
  }

  #headers(request: ReportRequest, token: AccessToken): Readonly<Record<string, string>> {
    const { environment } = this.#account.settings;
    return {
      authorization: `Zoho-oauthtoken ${token.value}`,
      accept: 'application/json',
      ...(request.cursor === undefined ? {} : { record_cursor: request.cursor }),
      ...(environment === undefined ? {} : { environment }),
    };
  }

  #apiOrigin(token: AccessToken): string {
    const { apiOrigin, apiOriginIsFixed } = this.#account;
    if (apiOriginIsFixed || token.apiDomain === undefined) return apiOrigin;
    return vendorOrigin(token.apiDomain, { hosts: API_HOSTS, allowLoopback: this.#tools.allowLoopback }) ?? apiOrigin;
  }
}

interface Asked {
  readonly response: SourceResponse;
  readonly read: ReadAnswer;
  readonly verdict: Verdict;
}

function queryOf(request: ReportRequest): string {
  const parameters: readonly (readonly [string, string | undefined])[] = [
    ['max_records', String(request.pageSize)],
    ['field_config', request.fieldConfig],
    ['fields', request.fields?.join(',')],
    ['criteria', request.criterion?.text],
  ];
  // Not URLSearchParams: it writes a space as `+`, which not every server reads as one.
  return parameters
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
}

function pageOf(request: ReportRequest, asked: Asked): ReportPage {
  const { response, read, verdict } = asked;
  const served = { servedAt: response.date, order: response.order };
  switch (verdict.outcome) {
    case 'failed':
      throw verdict.failure;
    case 'token-refused':
      throw new SourceFailure('source-unauthorized', 'Zoho Creator: a newly made access token is refused too', {
        status: response.status,
        ...(read.answer.code === undefined ? {} : { vendorCode: read.answer.code }),
      });
    case 'empty':
      return { elements: [], ...served };
    case 'records':
      return { elements: read.elements, ...served, ...nextCursor(request, response) };
  }
}

/** Whether there is a next page is told by the header alone: a short page need not be the last one. */
function nextCursor(request: ReportRequest, response: SourceResponse): { readonly cursor?: string } {
  const cursor = response.headers.record_cursor?.trim();
  if (cursor === undefined || cursor === '') return {};
  if (cursor === request.cursor)
    throw new SourceFailure('source-malformed', 'Zoho Creator: the same page token came twice');
  if (!CURSOR.test(cursor)) throw new SourceFailure('source-malformed', 'Zoho Creator: the page token is unusable');
  return { cursor };
}
