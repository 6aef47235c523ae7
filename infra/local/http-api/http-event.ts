import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT } from '../template/deployment.ts';

/** What API Gateway tells a function about a request, payload format 2.0. */
export interface HttpEvent {
  readonly version: '2.0';
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly requestContext: RequestContext;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

export interface RequestContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly authorizer?: { readonly lambda: Readonly<Record<string, unknown>> };
  readonly domainName: string;
  readonly domainPrefix: string;
  readonly http: {
    readonly method: string;
    readonly path: string;
    readonly protocol: string;
    readonly sourceIp: string;
    readonly userAgent: string;
  };
  readonly requestId: string;
  readonly routeKey: string;
  readonly stage: string;
  readonly time: string;
  readonly timeEpoch: number;
}

/** A request that was routed. */
export interface RoutedRequest {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly apiId: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Content types whose bodies travel as text; all others are encoded. */
const TEXT_TYPE = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded)|[^;]*\+(json|xml))/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The event as API Gateway makes it: path parts decoded, header names in lower case, repeated values joined by commas. */
export function httpEvent(routed: RoutedRequest): HttpEvent {
  const { request, url, pathParameters, body, routeKey } = routed;
  const { cookie, ...headers } = headersOf(request);
  const query = queryOf(url.searchParams);
  const isText = headers['content-type'] === undefined || TEXT_TYPE.test(headers['content-type']);
  return {
    version: '2.0',
    routeKey,
    rawPath: decodedPath(url),
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; ?/) }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: contextOf(routed, headers['user-agent'] ?? ''),
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers = Object.entries(request.headersDistinct).map(([name, values = []]) => {
    return [name, values.join(name === 'cookie' ? '; ' : ',')] as const;
  });
  return Object.fromEntries(headers);
}

function queryOf(parameters: URLSearchParams): Record<string, string> {
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(names.map((name) => [name, parameters.getAll(name).join(',')]));
}

function decodedPath({ pathname }: URL): string {
  return pathname.split('/').map(decodeURIComponent).join('/');
}

function contextOf({ request, url, apiId, routeKey }: RoutedRequest, userAgent: string): RequestContext {
  const now = new Date();
  return {
    accountId: LOCAL_ACCOUNT,
    apiId,
    domainName: request.headers.host ?? '127.0.0.1',
    domainPrefix: apiId,
    http: {
      method: request.method ?? 'GET',
      path: decodedPath(url),
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      userAgent,
    },
    requestId: randomUUID(),
    routeKey,
    stage: '$default',
    time: commonLogTime(now),
    timeEpoch: now.getTime(),
  };
}

/** `21/Nov/2026:06:47:00 +0000` */
function commonLogTime(date: Date): string {
  const [day, time = ''] = date.toISOString().split('T');
  const [year, month, dayOfMonth] = (day ?? '').split('-');
  return `${dayOfMonth}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
