import type { IncomingMessage } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What is said of a request's signature, and what it must then be. */
interface Signed {
  readonly datetime: string;
  readonly headers: string;
  readonly signature: string;
  /** Seconds for which a signed address holds; headers are signed for a quarter of an hour. */
  readonly expires: number;
  readonly inQuery: boolean;
}

const HEADERS_HOLD_SECONDS = 900;

/** The error code S3 would answer, if any: not signed, expired, or not what was signed. */
export async function signatureProblem(
  request: IncomingMessage,
  { region, ...credentials }: S3Credentials & { readonly region: string },
): Promise<string | undefined> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const signed = signedOf(request, url);
  if (signed === undefined) return 'AccessDenied';
  if (Date.now() > madeAt(signed.datetime) + signed.expires * 1_000) return 'AccessDenied';
  for (const name of ['X-Amz-Signature', 'X-Amz-Date', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-SignedHeaders']) {
    url.searchParams.delete(name);
  }
  const names = signed.headers.split(';').filter((name) => name !== 'host' && name !== 'x-amz-date');
  const expected = new AwsV4Signer({
    ...credentials,
    region,
    service: 's3',
    method: request.method ?? 'GET',
    url: url.href,
    headers: Object.fromEntries(names.map((name) => [name, String(request.headers[name] ?? '')])),
    datetime: signed.datetime,
    signQuery: signed.inQuery,
    allHeaders: true,
  });
  return (await expected.signature()) === signed.signature ? undefined : 'SignatureDoesNotMatch';
}

function signedOf({ headers }: IncomingMessage, { searchParams }: URL): Signed | undefined {
  const signature = searchParams.get('X-Amz-Signature');
  if (signature !== null) {
    return {
      datetime: searchParams.get('X-Amz-Date') ?? '',
      headers: searchParams.get('X-Amz-SignedHeaders') ?? '',
      signature,
      expires: Number(searchParams.get('X-Amz-Expires')),
      inQuery: true,
    };
  }
  const [, names, inHeader] = /SignedHeaders=([^,]+), Signature=([0-9a-f]+)/.exec(headers.authorization ?? '') ?? [];
  if (names === undefined || inHeader === undefined) return undefined;
  const datetime = String(headers['x-amz-date'] ?? '');
  return { datetime, headers: names, signature: inHeader, expires: HEADERS_HOLD_SECONDS, inQuery: false };
}

/** `20261121T090000Z` */
function madeAt(datetime: string): number {
  return Date.parse(datetime.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
