import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { FetchHttp } from '../../../../lib/adapters/http/fetch-http.ts';
import { HttpFailure } from '../../../../lib/ports/http.ts';

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

const http = (options = {}) =>
  new FetchHttp({ userAgent: 'tidemark/test', timeoutMs: 300, maxBytes: 1_000, ...options });

async function failureOf(action: Promise<unknown>): Promise<HttpFailure> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HttpFailure)) throw new Error('expected an HttpFailure', { cause: error });
  return error;
}

describe('FetchHttp', () => {
  it('sends a request and gives back status, headers in lower case, body and date', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers['user-agent'], request.headers.authorization, body]);
        response.writeHead(429, { Date: 'Sat, 21 Nov 2026 06:47:00 GMT', 'Retry-After': '7' }).end('naïve 😀');
      });
    });
    const headers = { authorization: 'secret' };
    const response = await http().send({ method: 'POST', url: `${url}/a?b=c`, headers, body: 'grüße' });
    expect(seen).toEqual([['POST', '/a?b=c', 'tidemark/test', 'secret', 'grüße']]);
    expect(response).toMatchObject({ status: 429, body: 'naïve 😀', date: Date.parse('2026-11-21T06:47:00Z') });
    expect(response.headers['retry-after']).toBe('7');
  });

  it('waits as long as the request says, where it says so', async () => {
    const url = await serve((_, response) => void setTimeout(() => response.end('late'), 150));
    const failure = await failureOf(http().send({ method: 'GET', url, headers: {}, timeoutMs: 50 }));
    expect(failure).toMatchObject({ code: 'http-timeout', message: expect.stringContaining('50 ms') });
    const patient = await http({ timeoutMs: 50 }).send({ method: 'GET', url, headers: {}, timeoutMs: 2_000 });
    expect(patient.body).toBe('late');
  });

  it.each(['', 'yesterday', '2026-11-21', 'Sat, 99 Nov 2026 06:47:00 GMT'])(
    'takes the date %j for none',
    async (date) => {
      const url = await serve((_, response) => {
        response.sendDate = false;
        response.writeHead(200, date === '' ? {} : { date }).end();
      });
      const response = await http().send({ method: 'GET', url, headers: {} });
      expect(response).toMatchObject({ status: 200, body: '' });
      expect('date' in response).toBe(false);
    },
  );

  it('takes off the byte order mark that some servers begin a body with', async () => {
    const url = await serve((_request, response) => response.end('\ufeff{"rows":[]}'));
    expect((await http().send({ method: 'GET', url, headers: {} })).body).toBe('{"rows":[]}');
  });

  it('follows no redirect', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const failure = await failureOf(http().send({ method: 'GET', url, headers: { authorization: 'secret' } }));
    expect(failure).toMatchObject({ code: 'http-redirect', retryable: false });
    expect(asked).toEqual(['/']);
  });

  it('gives up on silence', async () => {
    const url = await serve(() => {});
    expect(await failureOf(http().send({ method: 'GET', url, headers: {} }))).toMatchObject({
      code: 'http-timeout',
      retryable: true,
    });
  });

  it('gives up on a body that never ends', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200).write('{');
    });
    expect(await failureOf(http().send({ method: 'GET', url, headers: {} }))).toMatchObject({ code: 'http-timeout' });
  });

  it('reads no more than it may', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(1_001)));
    expect(await failureOf(http().send({ method: 'GET', url, headers: {} }))).toMatchObject({ code: 'http-too-large' });
    expect(await http({ maxBytes: 1_001 }).send({ method: 'GET', url, headers: {} })).toMatchObject({ status: 200 });
  });

  it('reports a body that was cut off', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half of');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await failureOf(http().send({ method: 'GET', url, headers: {} }))).toMatchObject({ code: 'http-network' });
  });

  it('names the host and nothing else of a request that failed', async () => {
    const secret = 'secret-token';
    const request = {
      method: 'GET',
      url: `http://127.0.0.1:1/${secret}?q=${secret}`,
      headers: { authorization: secret },
    } as const;
    const failure = await failureOf(http().send(request));
    expect(failure).toMatchObject({ code: 'http-network' });
    expect(failure.message).toContain('127.0.0.1:1');
    expect(`${failure.stack} ${String(failure.cause)}`).not.toContain(secret);
    expect((await failureOf(http().send({ ...request, url: `nonsense ${secret}` }))).message).not.toContain(secret);
  });
});
