import { Failure } from '../domain/failure.ts';
import type { Instant } from '../domain/instant.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For this whole exchange, where the vendor is known to take longer, or is not to. @default the client's own */
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The `Date` header: the source's clock. Absent when the server sent none, or an unreadable one. */
  readonly date?: Instant;
}

/** Plain HTTP towards a source: bounded in time and bytes, follows no redirect, retries nothing. */
export interface Http {
  /** @throws HttpFailure when no whole response arrived */
  send(request: HttpRequest): Promise<HttpResponse>;
}

export type HttpFailureCode = 'http-timeout' | 'http-network' | 'http-too-large' | 'http-redirect';

/** No usable response. The message names the host, never the query, the headers or the body. */
export class HttpFailure extends Failure {
  constructor(code: HttpFailureCode, message: string, cause?: unknown) {
    super(message, { code, retryable: code !== 'http-redirect', cause });
  }
}
