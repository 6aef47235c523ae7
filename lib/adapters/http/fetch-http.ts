import { type Instant, instantFromMs } from '../../domain/instant.ts';
import { type Http, HttpFailure, type HttpRequest, type HttpResponse } from '../../ports/http.ts';

export interface FetchHttpOptions {
  /** For a whole exchange, the body included, of a request that states no other. @default 30000 */
  readonly timeoutMs?: number;
  /** Of a body, decompressed. @default 20 MB */
  readonly maxBytes?: number;
  /** Who asks: some vendors refuse clients that do not say. */
  readonly userAgent: string;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 20_000_000;

/** HTTP by the runtime's own `fetch`. */
export class FetchHttp implements Http {
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  readonly #userAgent: string;

  constructor(options: FetchHttpOptions) {
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#userAgent = options.userAgent;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const host = URL.parse(request.url)?.host ?? 'an unreadable address';
    const timeoutMs = request.timeoutMs ?? this.#timeoutMs;
    try {
      return await this.#exchange(request, host, timeoutMs);
    } catch (error) {
      if (error instanceof HttpFailure) throw error;
      if (error instanceof Error && error.name === 'TimeoutError') {
        throw new HttpFailure('http-timeout', `${host} did not answer whole within ${timeoutMs} ms`);
      }
      // The error itself may name the URL with its query, so only its code is kept.
      throw new HttpFailure('http-network', `no whole answer from ${host} (${networkCode(error)})`);
    }
  }

  async #exchange(request: HttpRequest, host: string, timeoutMs: number): Promise<HttpResponse> {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { 'user-agent': this.#userAgent, ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      // A redirect would carry the authorization elsewhere, so none is followed; `manual` shows that it was one.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status >= 300 && response.status < 400 && response.headers.has('location')) {
      await response.body?.cancel();
      throw new HttpFailure(
        'http-redirect',
        `${host} redirects elsewhere: check the host in the connection's settings`,
      );
    }
    const body = await this.#readBody(response, host);
    const date = parseHttpDate(response.headers.get('date'));
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body,
      ...(date === undefined ? {} : { date }),
    };
  }

  async #readBody(response: Response, host: string): Promise<string> {
    if (response.body === null) return '';
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    // Leaving the loop cancels the stream, so what is too large is not read to its end.
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      if (bytes > this.#maxBytes) {
        throw new HttpFailure('http-too-large', `${host} answers with more than ${this.#maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
    // Without the byte order mark that some servers begin with.
    return new TextDecoder().decode(Buffer.concat(chunks));
  }
}

/** The `Date` header of RFC 9110, in its one current form; anything else is no date. */
function parseHttpDate(text: string | null): Instant | undefined {
  if (text === null || !/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : instantFromMs(ms);
}

function networkCode(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return error instanceof Error ? error.name : 'unknown';
}
