import { plusMs } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type ImportFiles,
  ImportFilesFailure,
  type ImportLinks,
  type ImportName,
  type SignedRequest,
  type UploadedFile,
} from '../../ports/import-files.ts';
import { ImportFailure } from '../../ports/imports.ts';
import { type AwsRequest, SignedRequests } from '../signing/signed-requests.ts';

export interface S3Access {
  /** Of the bucket, without a slash at its end. */
  readonly bucketUrl: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What one request reads. A request for a whole file would stay open for as long as its rows take to be applied. */
const RANGE_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const LINK_MS = 900_000;

const [UPLOADS, ERRORS] = ['uploads', 'errors'] as const;

/** Files of imports in a bucket: what people uploaded, and what was wrong with it. Without the SDK, as for parameters. */
export class S3ImportFiles implements ImportFiles, ImportLinks {
  readonly #requests: SignedRequests;
  readonly #bucketUrl: string;
  readonly #clock: Clock;

  constructor({ bucketUrl, ...access }: S3Access, clock: Clock) {
    this.#requests = new SignedRequests({ ...access, service: 's3' });
    this.#bucketUrl = bucketUrl;
    this.#clock = clock;
  }

  async open(name: ImportName): Promise<UploadedFile | undefined> {
    const url = this.#url(UPLOADS, name);
    const first = await this.#read(url, 0);
    if (first === undefined) return undefined;
    return { version: first.version, bytes: this.#bytes(url, first) };
  }

  async putErrors(name: ImportName, text: string): Promise<void> {
    const response = await this.#send({ method: 'PUT', url: this.#url(ERRORS, name), body: text });
    if (!response.ok) throw refusal(response.status);
  }

  upload(name: ImportName, bytes: number): Promise<SignedRequest> {
    return this.#sign('PUT', this.#url(UPLOADS, name), { 'content-length': String(bytes) });
  }

  errors(name: ImportName): Promise<SignedRequest> {
    return this.#sign('GET', this.#url(ERRORS, name), {});
  }

  async *#bytes(url: string, first: Piece): AsyncGenerator<Uint8Array> {
    yield first.bytes;
    for (let from = first.bytes.length; from < first.total; ) {
      const piece = await this.#read(url, from, first.version);
      if (piece === undefined || piece.bytes.length === 0) throw new ImportFailure('file-changed');
      yield piece.bytes;
      from += piece.bytes.length;
    }
  }

  /** @returns `undefined` when there is no such file. @throws ImportFailure when it is another than `version` */
  async #read(url: string, from: number, version?: string): Promise<Piece | undefined> {
    const range = `bytes=${from}-${from + RANGE_BYTES - 1}`;
    const match = version === undefined ? {} : { 'if-match': `"${version}"` };
    const response = await this.#send({ method: 'GET', url, headers: { range, ...match } });
    if (response.status === 404) return undefined;
    if (response.status === 412) throw new ImportFailure('file-changed');
    // Of an empty file no range can be read.
    if (response.status === 416) return { version: 'empty', total: 0, bytes: new Uint8Array() };
    if (!response.ok) throw refusal(response.status);
    const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
    const tag = response.headers.get('etag')?.replaceAll('"', '');
    if (!Number.isInteger(total) || tag === undefined) throw refusal(response.status);
    return { version: tag, total, bytes: await bytesOf(response) };
  }

  async #send(request: AwsRequest): Promise<Response> {
    try {
      return await this.#requests.send(request, TIMEOUT_MS);
    } catch (error) {
      throw noAnswer(error);
    }
  }

  async #sign(method: 'GET' | 'PUT', url: string, headers: Readonly<Record<string, string>>): Promise<SignedRequest> {
    const now = this.#clock.now();
    // The length is among what is signed: nothing larger can be uploaded.
    const address = await this.#requests.addressOf({ method, url, headers }, LINK_MS / 1_000);
    return { url: address, headers, expiresAt: plusMs(now, LINK_MS) };
  }

  #url(folder: string, { connection, stream, run }: ImportName): string {
    return `${this.#bucketUrl}/${folder}/${connection}/${stream}/${run}.csv`;
  }
}

interface Piece {
  readonly version: string;
  /** Bytes of the whole file. */
  readonly total: number;
  readonly bytes: Uint8Array;
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw noAnswer(error);
  }
}

function noAnswer(error: unknown): ImportFilesFailure {
  const reason = error instanceof Error ? error.name : 'unknown';
  return new ImportFilesFailure('files-unavailable', `the store of files did not answer (${reason})`, error);
}

function refusal(status: number): ImportFilesFailure {
  const code = status >= 500 || status === 429 ? 'files-unavailable' : 'files-refused';
  return new ImportFilesFailure(code, `the store of files answered ${status}`);
}
