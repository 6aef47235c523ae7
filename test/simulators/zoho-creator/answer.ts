import type { ZohoBehaviour } from './options.ts';

/** What the server is about to send. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The vendor's code inside the body, for the log of calls. */
  readonly code?: number;
  /** How many records the body carries. */
  readonly records?: number;
}

const JSON_TYPE = 'application/json;charset=UTF-8';

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(value) };
}

/** An answer of the records API that carries a code and a message. */
export function codeAnswer(status: number, code: number, message: string, behaviour: ZohoBehaviour): Answer {
  return { ...jsonAnswer(status, { code: codeValue(code, behaviour), message }), code };
}

/** Records as the vendor sends them: the rows' own texts, no count, no flag for more. */
export function recordsAnswer(rows: readonly string[], behaviour: ZohoBehaviour): Answer {
  const body = `{"code":${JSON.stringify(codeValue(3000, behaviour))},"data":[${rows.join(',')}]}`;
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body, code: 3000, records: rows.length };
}

export function withHeader(answer: Answer, name: string, value: string): Answer {
  return { ...answer, headers: { ...answer.headers, [name]: value } };
}

/** What a gateway in front of the vendor says when it has something to say. */
export function htmlAnswer(status: number): Answer {
  const body = `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>Sorry, something went wrong</h1></body></html>`;
  return { status, headers: { 'content-type': 'text/html;charset=UTF-8' }, body };
}

function codeValue(code: number, behaviour: ZohoBehaviour): number | string {
  return behaviour.codeAs === 'string' ? String(code) : code;
}
