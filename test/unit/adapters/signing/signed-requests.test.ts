import { createServer, type IncomingMessage, type Server } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';
import { afterEach, describe, expect, it } from 'vitest';
import { SignedRequests } from '../../../../lib/adapters/signing/signed-requests.ts';

const ACCESS = { region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'now' };

let server: Server | undefined;

afterEach(() => void server?.close());

/** A service that answers with these statuses, one after the other. */
async function serve(statuses: readonly number[]) {
  const requests: IncomingMessage[] = [];
  const own = createServer((request, response) => {
    response.writeHead(statuses[requests.length] ?? 200).end('{}');
    requests.push(request);
  });
  server = own;
  await new Promise<void>((listening) => void own.listen(0, '127.0.0.1', listening));
  const address = own.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/`, requests };
}

describe('a signed request', () => {
  it.each([
    [[200], 200, 1],
    [[500, 200], 200, 2],
    [[429, 503, 200], 200, 3],
    [[503, 503, 503, 200], 503, 3],
    [[400, 200], 400, 1],
  ])('that is answered with %j ends with %i after %i tries', async (statuses, status, tries) => {
    const { url, requests } = await serve(statuses);
    const response = await new SignedRequests({ service: 'ssm', ...ACCESS }).send({ method: 'POST', url }, 5_000);
    expect(response.status).toBe(status);
    expect(requests).toHaveLength(tries);
  });

  it('carries the signature that another signer makes of it', async () => {
    const { url, requests } = await serve([200]);
    const request = {
      method: 'POST',
      url,
      headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: '{"Name":"a"}',
    } as const;
    await new SignedRequests({ service: 'ssm', ...ACCESS }).send(request, 5_000);
    const { authorization, 'x-amz-date': datetime } = requests[0]?.headers ?? {};
    // Over the digest of the body too, which the other signer leaves out of the headers by itself.
    const digest = String(requests[0]?.headers['x-amz-content-sha256']);
    const headers = { ...request.headers, 'x-amz-content-sha256': digest };
    const other = new AwsV4Signer({ ...request, ...ACCESS, headers, service: 'ssm', datetime: String(datetime) });
    expect((await other.sign()).headers.get('authorization')).toBe(authorization);
  });

  it('ends when there is no answer in time', async () => {
    const { url } = await serve([]);
    server?.removeAllListeners('request');
    const requests = new SignedRequests({ service: 'ssm', ...ACCESS });
    await expect(requests.send({ method: 'GET', url }, 50)).rejects.toMatchObject({ name: 'TimeoutError' });
    server?.closeAllConnections();
  });
});
