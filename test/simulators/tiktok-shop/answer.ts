import type { TikTokBehaviour } from './options.ts';

/** What the server is about to send. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly code?: number;
  /** How many records the body carries. */
  readonly records?: number;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** Data in the vendor's envelope. `dataText` is JSON. */
export function dataAnswer(dataText: string, records?: number): Answer {
  const body = `{"code":0,"data":${dataText},"message":"Success","request_id":"202611210647000101890810281E8C70B7"}`;
  return { status: 200, headers: JSON_HEADERS, body, code: 0, ...(records === undefined ? {} : { records }) };
}

/** A refusal in the vendor's envelope, by default with HTTP 200. */
export function refusal(code: number, message: string, status: number, behaviour: TikTokBehaviour): Answer {
  const sent = behaviour.refusalStatus === 'fitting' ? status : 200;
  return { ...envelope(code, message), status: sent };
}

export function rateLimited(waitMs: number, behaviour: TikTokBehaviour): Answer {
  const answer = { ...envelope(36009002, 'Too many requests.'), status: 429 };
  if (behaviour.retryAfter === 'absent') return answer;
  return { ...answer, headers: { ...JSON_HEADERS, 'retry-after': String(Math.ceil(waitMs / 1_000)) } };
}

export function internalError(): Answer {
  return { ...envelope(36009003, 'Internal error. Please try again.'), status: 500 };
}

export function htmlAnswer(status: number): Answer {
  const body = '<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>Sorry</h1></body></html>';
  return { status, headers: { 'content-type': 'text/html' }, body };
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(value) };
}

function envelope(code: number, message: string): Answer {
  const body = `{"code":${code},"message":${JSON.stringify(message)},"request_id":"202611210647000101890810281E8C70B7"}`;
  return { status: 200, headers: JSON_HEADERS, body, code };
}
