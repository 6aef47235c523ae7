import type { VendorFault } from '../simulated-vendor.ts';
import type { ClinikoAccount } from './cliniko-account.ts';
import { FilterRefused } from './filters.ts';
import { type FoundRow, findRows } from './list-query.ts';
import { deletedText, RESOURCES, type Resource, textOf } from './resources.ts';
import type { Leaving } from './row.ts';

export interface VendorCall {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What goes over the wire: no `answer`, and the connection breaks without one. */
export interface Delivery {
  readonly answer?: Answer;
  readonly isCutShort?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const AGENT = /^.+ \(.+@.+\..+\)$/;
const MOST_PER_PAGE = 100;

/**
 * Carries out a call to an account, whose key it has to carry, through whatever fault hits it.
 * @param beforePage called before a page of rows is read
 */
export function deliverCall(
  account: ClinikoAccount,
  call: VendorCall,
  fault: VendorFault | undefined,
  beforePage: () => void = () => {},
): Delivery {
  account.calls += 1;
  switch (fault) {
    case 'network':
      return {};
    case 'unavailable':
      return { answer: message(503, 'Service unavailable') };
    case 'page-of-html':
      return {
        answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>Sorry</body></html>' },
      };
    case 'rate-limited':
    case 'quota-spent':
      return { answer: tooMany(account, 30_000) };
    case 'truncated':
    case undefined:
      beforePage();
      return { answer: answerCall(account, call), isCutShort: fault === 'truncated' };
  }
}

function answerCall(account: ClinikoAccount, call: VendorCall): Answer {
  if (call.headers.authorization !== `Basic ${Buffer.from(`${account.apiKey}:`).toString('base64')}`)
    return message(401, 'Access denied');
  if (!AGENT.test(call.headers['user-agent'] ?? '')) return message(403, 'The user agent names no contact');
  const waitMs = account.limits.admit(account.trueMs());
  if (waitMs !== undefined) return tooMany(account, waitMs);
  if (call.method !== 'GET') return message(405, 'Not allowed here');
  return route(account, call.url);
}

function route(account: ClinikoAccount, url: URL): Answer {
  const [version, name = '', rest, ...more] = url.pathname.slice(1).split('/');
  if (version !== 'v1' || more.length > 0) return message(404, 'Not found');
  if (name === 'businesses' && rest === undefined) return businesses(account);
  const resource = Object.values(RESOURCES).find((candidate) => candidate.name === name);
  if (resource === undefined) return message(404, 'Not found');
  if (rest === undefined) return answerList(account, resource, undefined, url);
  const list = resource.lists.find((candidate) => candidate === rest);
  return list === undefined ? answerOne(account, resource, rest, url) : answerList(account, resource, list, url);
}

function answerList(account: ClinikoAccount, resource: Resource, list: Leaving | undefined, url: URL): Answer {
  const { searchParams } = url;
  const perPage = Math.min(wholeOf(searchParams.get('per_page'), 50), MOST_PER_PAGE, account.behaviour.mostPerPage);
  const page = wholeOf(searchParams.get('page'), 1);
  try {
    const found = findRows(account, resource, list, searchParams);
    const rows = found.slice((page - 1) * perPage, page * perPage);
    const texts = rows.map((row) => rowText(account, resource, row, url, list));
    const links = linksOf(url, page, page * perPage < found.length);
    const body = `{"${resource.name}":[${texts.join(',')}],"total_entries":${found.length},"links":${JSON.stringify(links)}}`;
    return { status: 200, headers: JSON_TYPE, body };
  } catch (error) {
    if (error instanceof FilterRefused) return message(400, error.message);
    throw error;
  }
}

function answerOne(account: ClinikoAccount, resource: Resource, id: string, url: URL): Answer {
  const found = findRows(account, { ...resource }, undefined, new URLSearchParams());
  const row = found.find((candidate) => candidate.id === id);
  if (row === undefined) return message(404, 'Not found');
  return { status: 200, headers: JSON_TYPE, body: rowText(account, resource, row, url, undefined) };
}

function businesses({ timeZone }: ClinikoAccount): Answer {
  const business = { id: '1390053865344214699', business_name: 'Clinic', time_zone_identifier: timeZone };
  const body = JSON.stringify({ businesses: [business], total_entries: 1, links: {} });
  return { status: 200, headers: JSON_TYPE, body };
}

function rowText(
  account: ClinikoAccount,
  resource: Resource,
  { id, version }: FoundRow,
  url: URL,
  list: Leaving | undefined,
): string {
  const idJson = account.behaviour.idsAs === 'number' ? id : JSON.stringify(id);
  const fields = resource.fields({ id, idJson, version, base: `${url.origin}/v1` });
  return resource.name === 'patients' && list === 'deleted' ? deletedText(fields) : textOf(fields);
}

function linksOf(url: URL, page: number, hasMore: boolean): Readonly<Record<string, string>> {
  const at = (number: number): string => {
    const link = new URL(url);
    link.searchParams.set('page', String(number));
    return link.href;
  };
  return {
    self: at(page),
    ...(page > 1 ? { previous: at(page - 1) } : {}),
    ...(hasMore ? { next: at(page + 1) } : {}),
  };
}

function tooMany(account: ClinikoAccount, waitMs: number): Answer {
  const reset = Math.ceil((account.wallMs() + waitMs) / 1_000);
  const answer = message(429, 'Rate limit reached');
  return { ...answer, headers: { ...answer.headers, 'x-ratelimit-reset': String(reset) } };
}

function message(status: number, text: string): Answer {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ message: text }) };
}

function wholeOf(text: string | null, otherwise: number): number {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : otherwise;
}
