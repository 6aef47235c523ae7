import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Counters } from '../counters.ts';
import { closeServer, listenOnLoopback, readBody } from '../http-server.ts';
import { type S3Credentials, signatureProblem } from './signature.ts';

export interface EmbeddedS3Options extends S3Credentials {
  readonly region: string;
  /** @default a free port */
  readonly port?: number;
}

export interface EmbeddedS3 {
  readonly url: string;
  /** Requests by method. */
  readonly meter: Counters;
  createBucket(name: string): void;
  /** The bytes of an object, by bucket and key. */
  object(bucket: string, key: string): Buffer | undefined;
  close(): Promise<void>;
}

type Buckets = Map<string, Map<string, StoredObject>>;

/** Largest object of one request. */
const MAX_BYTES = 5 * 1024 ** 3;

interface StoredObject {
  readonly bytes: Buffer;
  readonly tag: string;
}

interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * As much of S3 as is used, in memory: objects are put and got, whole or by range, with path-style addresses. Every
 * request must be signed, in its headers or in its address, and is refused if anything signed was changed.
 */
export async function startEmbeddedS3(options: EmbeddedS3Options): Promise<EmbeddedS3> {
  const buckets: Buckets = new Map();
  const meter = new Counters();
  const server = createServer((request, response) => {
    meter.add(request.method ?? '');
    serve(buckets, options, request)
      .then((reply) => send(response, reply))
      .catch(() => response.destroy());
  });
  const url = await listenOnLoopback(server, options.port);
  return {
    url,
    meter,
    createBucket: (name) => void buckets.set(name, buckets.get(name) ?? new Map()),
    object: (bucket, key) => buckets.get(bucket)?.get(key)?.bytes,
    close: () => closeServer(server),
  };
}

async function serve(buckets: Buckets, options: EmbeddedS3Options, request: IncomingMessage): Promise<Reply> {
  const body = await readBody(request, MAX_BYTES);
  if ('tooLarge' in body) return refusal(400, 'EntityTooLarge');
  const problem = await signatureProblem(request, options);
  if (problem !== undefined) return refusal(403, problem);
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, name = '', ...parts] = pathname.split('/');
  const bucket = buckets.get(name);
  const key = decodeURIComponent(parts.join('/'));
  if (bucket === undefined) return refusal(404, 'NoSuchBucket');
  if (request.method === 'PUT') return put(bucket, key, body.bytes);
  return request.method === 'GET' ? get(bucket.get(key), request.headers) : refusal(405, 'MethodNotAllowed');
}

function put(bucket: Map<string, StoredObject>, key: string, bytes: Buffer): Reply {
  const tag = `"${createHash('md5').update(bytes).digest('hex')}"`;
  bucket.set(key, { bytes, tag });
  return { status: 200, bytes: Buffer.alloc(0), headers: { etag: tag } };
}

function get(object: StoredObject | undefined, headers: IncomingMessage['headers']): Reply {
  if (object === undefined) return refusal(404, 'NoSuchKey');
  const { bytes, tag } = object;
  const match = headers['if-match'];
  if (match !== undefined && match !== tag) return refusal(412, 'PreconditionFailed');
  const common = { etag: tag, 'content-type': 'text/csv' };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  if (first === undefined) return { status: 200, bytes, headers: common };
  if (Number(first) >= bytes.length) return refusal(416, 'InvalidRange');
  const part = bytes.subarray(Number(first), Number(last) + 1);
  const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
  return { status: 206, bytes: part, headers: { ...common, 'content-range': range } };
}

function refusal(status: number, code: string): Reply {
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;
  return { status, bytes: Buffer.from(text), headers: { 'content-type': 'application/xml' } };
}

function send(response: ServerResponse, { status, bytes, headers }: Reply): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': bytes.length }).end(bytes);
}
