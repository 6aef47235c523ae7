/** An HTTP API's answer, payload format 2.0. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PROBLEMS = {
  unverified: {
    code: 'unverified-webhook',
    status: 401,
    title: 'This is not known to come from the vendor',
    detail: 'Sign the body and the time of sending with the secret of the connection.',
  },
  'too-large': {
    code: 'body-too-large',
    status: 413,
    title: 'The body is too large',
    detail: 'Send at most 65536 bytes.',
  },
  unavailable: {
    code: 'unavailable',
    status: 503,
    title: 'Something this route needs does not answer',
    detail: 'Send the same again.',
  },
} as const;

/** What the sender is told: that it was taken, or why it was not, as a problem document of RFC 9457. */
export function answer(outcome: 'accepted' | keyof typeof PROBLEMS, requestId: string): Answer {
  if (outcome === 'accepted') return json(202, 'application/json', { status: 'accepted' });
  const { code, status, title, detail } = PROBLEMS[outcome];
  return json(status, 'application/problem+json', {
    type: `urn:tidemark:problem:${code}`,
    title,
    status,
    detail,
    instance: `urn:tidemark:request:${requestId}`,
  });
}

function json(statusCode: number, type: string, body: Readonly<Record<string, unknown>>): Answer {
  return { statusCode, headers: { 'content-type': type, 'cache-control': 'no-store' }, body: JSON.stringify(body) };
}
