import type { ApiResponse } from './response.ts';
import { jsonResponse } from './response.ts';

/** Every kind of refusal: its code ends the `type` of the problem document, and never changes its meaning. */
export const PROBLEMS = {
  'bad-path': { status: 400, title: 'The path cannot be read' },
  'bad-body': { status: 400, title: 'The body is not JSON' },
  unauthenticated: { status: 401, title: 'A valid token is required' },
  'missing-scope': { status: 403, title: 'This token may not do that' },
  'unknown-route': { status: 404, title: 'There is no such route' },
  'unknown-connection': { status: 404, title: 'There is no such connection' },
  'unknown-stream': { status: 404, title: 'There is no such stream' },
  'unknown-partition': { status: 404, title: 'This partition is not known yet' },
  'unknown-run': { status: 404, title: 'There is no such run' },
  'unknown-plan': { status: 404, title: 'There is no such deletion plan' },
  'unknown-record': { status: 404, title: 'Nothing is known of this record' },
  'not-quarantined': { status: 404, title: 'The record is not in quarantine' },
  'not-excluded': { status: 404, title: 'The record is not excluded' },
  'wrong-method': { status: 405, title: 'The route has no such method' },
  'connection-broken': { status: 409, title: 'The connection cannot be opened' },
  'connection-disabled': { status: 409, title: 'The connection is disabled' },
  'stream-paused': { status: 409, title: 'The stream is paused' },
  'nothing-to-sync': { status: 409, title: 'There is nothing that could be synced' },
  'no-source': { status: 409, title: 'The stream has no source to ask' },
  'not-importable': { status: 409, title: 'The stream takes no files' },
  'not-comparable': { status: 409, title: 'Records of this stream cannot be duplicates' },
  'not-askable': { status: 409, title: 'The source cannot be asked for this record' },
  'plan-expired': { status: 409, title: 'The deletion plan has expired' },
  'plan-decided': { status: 409, title: 'The deletion plan was decided about' },
  'run-ended': { status: 409, title: 'The run has ended' },
  'not-cancellable': { status: 409, title: 'This run ends by itself' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  invalid: { status: 422, title: 'The request does not fit the rules' },
  internal: { status: 500, title: 'Something unexpected happened' },
  unavailable: { status: 503, title: 'Something this route needs does not answer' },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal, as a value. */
export interface Problem {
  readonly code: ProblemCode;
  /** What to do about it. Never repeats text from outside that was not checked. */
  readonly detail: string;
  /** Every single thing that is wrong, where there may be several. */
  readonly errors?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A value, or why there is none. */
export type Checked<T> =
  | { readonly outcome: 'ok'; readonly value: T }
  | { readonly outcome: 'problem'; readonly problem: Problem };

export function ok<T>(value: T): Checked<T> {
  return { outcome: 'ok', value };
}

export function refused(
  code: ProblemCode,
  detail: string,
  more: Pick<Problem, 'errors' | 'headers'> = {},
): { readonly outcome: 'problem'; readonly problem: Problem } {
  return { outcome: 'problem', problem: { code, detail, ...more } };
}

/** The problem document of RFC 9457. `instance` names the request, so that its log lines can be found. */
export function problemResponse(problem: Problem, requestId: string): ApiResponse {
  const { status, title } = PROBLEMS[problem.code];
  const document = {
    type: `urn:tidemark:problem:${problem.code}`,
    title,
    status,
    detail: problem.detail,
    instance: `urn:tidemark:request:${requestId}`,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
  return jsonResponse(status, document, { 'content-type': 'application/problem+json', ...problem.headers });
}
