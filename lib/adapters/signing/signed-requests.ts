import { createHash, createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignatureV4 } from '@smithy/signature-v4';

export interface SigningAccess {
  /** `ssm`, `s3` */
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How long is waited before a request is tried again: an overloaded service, and a lost answer. */
const RETRY_AFTER_MS = [50, 100] as const;

/** What S3 takes for the digest of a body that is not signed, and of which it keeps one itself. */
const UNSIGNED = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } as const;

/** Requests to services of AWS whose SDK clients would be large for the few calls that are made, signed as those sign. */
export class SignedRequests {
  readonly #signer: SignatureV4;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ service, region, ...credentials }: SigningAccess) {
    const isS3 = service === 's3';
    // S3 alone signs paths as they are sent.
    this.#signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: !isS3 });
    this.#headers = isS3 ? UNSIGNED : {};
  }

  /** Tries twice again what is refused by overload. @throws what fetch throws when there is no answer */
  async send(request: AwsRequest, timeoutMs: number): Promise<Response> {
    for (const waitMs of RETRY_AFTER_MS) {
      const response = await this.#sendOnce(request, timeoutMs);
      if (response.status < 500 && response.status !== 429) return response;
      await response.body?.cancel();
      await sleep(waitMs);
    }
    return this.#sendOnce(request, timeoutMs);
  }

  /** An address that carries the signature, for somebody who has no credentials and sends exactly these headers. */
  async addressOf(request: Omit<AwsRequest, 'body'>, holdsSeconds: number): Promise<string> {
    const signed = await this.#signer.presign(this.#signable(request), { expiresIn: holdsSeconds });
    const address = new URL(request.url);
    for (const [name, value] of Object.entries(signed.query ?? {})) address.searchParams.set(name, String(value));
    return address.href;
  }

  async #sendOnce(request: AwsRequest, timeoutMs: number): Promise<Response> {
    const { headers } = await this.#signer.sign(this.#signable(request));
    const { method, url, body } = request;
    const signal = AbortSignal.timeout(timeoutMs);
    return fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  }

  #signable({ method, url, headers, body }: AwsRequest) {
    const { protocol, host, hostname, pathname, searchParams } = new URL(url);
    return {
      method,
      protocol,
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...this.#headers, ...headers, host },
      ...(body === undefined ? {} : { body }),
    };
  }
}

/** Node's own digests, as the signer wants them. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : bytesOf(secret);
    this.#hash = this.#begin();
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }

  #begin() {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
