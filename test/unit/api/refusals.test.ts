import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routeTable } from '../../../functions/api/routes/table.ts';
import { problem } from '../../../functions/api/schemas/common.ts';
import { CacheFailure } from '../../../lib/ports/cache.ts';
import { ApiWorld, EVENT, type RequestOptions } from './api-world.ts';

const OPERATE = { scopes: 'read operate' } as const;

interface BadInput {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly options?: Partial<RequestOptions>;
  readonly status: number;
  readonly code: string;
}

const partition = (id: string): string => `/v1/sync/main/registrations/${id}`;

/** Refused by their shape alone: not even the connections are read. */
const BAD_SHAPES: readonly BadInput[] = [
  { what: 'an unknown route', method: 'GET', path: '/v1/everything', status: 404, code: 'unknown-route' },
  { what: 'a webhook', method: 'POST', path: '/v1/webhooks/main', status: 404, code: 'unknown-route' },
  {
    what: 'a path with one part too many',
    method: 'POST',
    path: '/v1/sync/main/registrations/1/2',
    status: 404,
    code: 'unknown-route',
  },
  { what: 'an empty path part', method: 'POST', path: '/v1/sync/main//1', status: 404, code: 'unknown-route' },
  { what: 'a wrong method', method: 'GET', path: '/v1/sync/main', status: 405, code: 'wrong-method' },
  { what: 'a deletion', method: 'DELETE', path: partition(EVENT), status: 405, code: 'wrong-method' },
  {
    what: 'a criteria injection',
    method: 'POST',
    path: partition('1%20%7C%7C%20ID%20!%3D%200'),
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a criteria injection the gateway decoded',
    method: 'POST',
    path: partition('1 || ID != 0'),
    status: 422,
    code: 'invalid',
  },
  { what: 'a slash inside a part', method: 'POST', path: partition('1%2F2'), status: 400, code: 'bad-path' },
  { what: 'a line break inside a part', method: 'POST', path: partition('1%0A2'), status: 400, code: 'bad-path' },
  { what: 'a broken encoding', method: 'POST', path: partition('%zz'), status: 400, code: 'bad-path' },
  { what: 'an encoding that is not UTF-8', method: 'POST', path: partition('%ff%fe'), status: 400, code: 'bad-path' },
  { what: 'an id of 10 kB', method: 'POST', path: partition('1'.repeat(10_240)), status: 400, code: 'bad-path' },
  { what: 'an id of 201 characters', method: 'POST', path: partition('1'.repeat(201)), status: 400, code: 'bad-path' },
  { what: 'a connection in capitals', method: 'POST', path: '/v1/sync/MAIN', status: 422, code: 'invalid' },
  { what: 'a stream that cannot be one', method: 'POST', path: '/v1/pause/main/*', status: 422, code: 'invalid' },
  { what: 'a run id that is none', method: 'GET', path: '/v1/runs/latest', status: 422, code: 'invalid' },
  { what: 'an unknown query parameter', method: 'GET', path: '/v1/runs?conection=main', status: 422, code: 'invalid' },
  { what: 'a repeated query parameter', method: 'GET', path: '/v1/runs?limit=1&limit=2', status: 422, code: 'invalid' },
  { what: 'a limit beyond 100', method: 'GET', path: '/v1/runs?limit=101', status: 422, code: 'invalid' },
  {
    what: 'a partition without its stream',
    method: 'GET',
    path: '/v1/runs?connection=main&partition=1',
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a cursor that is none',
    method: 'GET',
    path: '/v1/status/main/registrations?cursor=%7B%7D',
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a body that is not JSON',
    method: 'POST',
    path: partition(EVENT),
    options: { body: 'mode=full' },
    status: 400,
    code: 'bad-body',
  },
  {
    what: 'a body that is not UTF-8',
    method: 'POST',
    path: partition(EVENT),
    options: { body: '//79', base64: true },
    status: 400,
    code: 'bad-body',
  },
  {
    what: 'an oversized body',
    method: 'POST',
    path: partition(EVENT),
    options: { body: ' '.repeat(16_385) },
    status: 413,
    code: 'body-too-large',
  },
  {
    what: 'an oversized body in base64',
    method: 'POST',
    path: partition(EVENT),
    options: { body: btoa(' '.repeat(16_385)), base64: true },
    status: 413,
    code: 'body-too-large',
  },
  {
    what: 'an unknown mode',
    method: 'POST',
    path: partition(EVENT),
    options: { body: '{"mode":"fast"}' },
    status: 422,
    code: 'invalid',
  },
  {
    what: 'an unknown field',
    method: 'POST',
    path: partition(EVENT),
    options: { body: '{"mod":"full"}' },
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a list for a body',
    method: 'POST',
    path: partition(EVENT),
    options: { body: '[]' },
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a body where none belongs',
    method: 'POST',
    path: '/v1/pause/main',
    options: { body: '{"mode":"full"}' },
    status: 422,
    code: 'invalid',
  },
];

/** The same for routes about plans, audits, records and dead letters. */
const BAD_WISHES: readonly BadInput[] = [
  { what: 'a plan id that is none', method: 'POST', path: '/v1/plans/latest/apply', status: 422, code: 'invalid' },
  { what: 'a state no plan is in', method: 'GET', path: '/v1/plans?state=open', status: 422, code: 'invalid' },
  {
    what: 'an unknown wish for an audit',
    method: 'POST',
    path: '/v1/drift',
    options: { body: '{"repair":"yes"}' },
    status: 422,
    code: 'invalid',
  },
  { what: 'a run to cancel that is none', method: 'POST', path: '/v1/runs/all/cancel', status: 422, code: 'invalid' },
  {
    what: 'a record that is a field of our own',
    method: 'POST',
    path: '/v1/forget/main/registrations/#fence',
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a record of 257 characters',
    method: 'GET',
    path: `/v1/explain/main/registrations/${'x'.repeat(257)}`,
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a body where a record is all that is said',
    method: 'POST',
    path: '/v1/forget/main/registrations/1',
    options: { body: '{"record":"2"}' },
    status: 422,
    code: 'invalid',
  },
  {
    what: 'a limit beyond what one request can redrive',
    method: 'POST',
    path: '/v1/dead-letters/redrive',
    options: { body: '{"limit":100000}' },
    status: 422,
    code: 'invalid',
  },
];

/** Refused after the connections were read. */
const BAD_NAMES: readonly BadInput[] = [
  { what: 'an unknown connection', method: 'POST', path: '/v1/sync/mian', status: 404, code: 'unknown-connection' },
  { what: 'an unknown stream', method: 'POST', path: '/v1/sync/main/orders', status: 404, code: 'unknown-stream' },
  {
    what: 'an id no event of this source has',
    method: 'POST',
    path: partition('event-1'),
    status: 422,
    code: 'invalid',
  },
  { what: 'an event nobody has seen', method: 'POST', path: partition('42'), status: 404, code: 'unknown-partition' },
  { what: 'a disabled connection', method: 'POST', path: '/v1/sync/off', status: 409, code: 'connection-disabled' },
  { what: 'a broken connection', method: 'POST', path: '/v1/sync/bad', status: 409, code: 'connection-broken' },
  {
    what: 'a stream of a broken connection',
    method: 'POST',
    path: '/v1/pause/bad/registrations',
    status: 409,
    code: 'connection-broken',
  },
  {
    what: 'the status of an event nobody has seen',
    method: 'GET',
    path: '/v1/status/main/registrations/42',
    status: 404,
    code: 'unknown-partition',
  },
  {
    what: 'a run that never was',
    method: 'GET',
    path: '/v1/runs/0mi8k2f5c-q3v9x0ab',
    status: 404,
    code: 'unknown-run',
  },
  {
    what: 'runs of an unknown connection',
    method: 'GET',
    path: '/v1/runs?connection=mian',
    status: 404,
    code: 'unknown-connection',
  },
];

async function worldWithOneEvent(): Promise<ApiWorld> {
  const world = new ApiWorld();
  world.broken = [{ id: 'bad', problems: ['settings.host: is missing'] }];
  await world.addPartition(EVENT);
  return world;
}

describe.each([
  ['by its shape', 0, BAD_SHAPES],
  ['by its wish', 0, BAD_WISHES],
  ['by what it names', 1, BAD_NAMES],
])('a request refused %s, after %i look-ups', (_, lookups, table) => {
  it.each(table)('$what: $status $code, and nothing is queued or written', async (bad) => {
    const world = await worldWithOneEvent();
    const before = world.traces();
    const answer = await world.request(bad.method, bad.path, { ...OPERATE, ...bad.options });
    expect(answer.status).toBe(bad.status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const document = problem.parse(answer.body);
    expect(document).toMatchObject({ type: `urn:tidemark:problem:${bad.code}`, status: bad.status });
    expect(document.detail).not.toBe('');
    expect(world.traces()).toEqual(before);
    expect(world.lookups).toBe(lookups);
  });
});

describe('a caller', () => {
  const refusals = [
    { who: 'without a token', options: {}, status: 401, code: 'unauthenticated' },
    { who: 'with a wrong token', options: { scopes: '' }, status: 401, code: 'unauthenticated' },
    { who: 'the authorizer says nothing of', options: { authorizer: undefined }, status: 401, code: 'unauthenticated' },
    {
      who: 'with a malformed authorizer answer',
      options: { authorizer: { lambda: null } },
      status: 401,
      code: 'unauthenticated',
    },
    { who: 'who may only read', options: { scopes: 'read' }, status: 403, code: 'missing-scope' },
    {
      who: 'with a scope that only begins like one',
      options: { authorizer: { lambda: { scopes: 'operatexyz', caller: '' } } },
      status: 403,
      code: 'missing-scope',
    },
  ] as const;

  it.each(refusals)('$who starts nothing: $status', async ({ options, status, code }) => {
    const world = await worldWithOneEvent();
    const before = world.traces();
    const answer = await world.request('POST', partition(EVENT), options);
    expect(answer.status).toBe(status);
    expect(problem.parse(answer.body).type).toBe(`urn:tidemark:problem:${code}`);
    expect(answer.headers['www-authenticate']).toContain('Bearer realm="tidemark"');
    expect(world.traces()).toEqual(before);
    expect(world.lookups).toBe(0);
  });

  const guarded = routeTable(new ApiWorld().dependencies).filter(({ scope }) => scope !== 'none');
  const samples: Readonly<Record<string, string>> = {
    connection: 'main',
    stream: 'registrations',
    partition: EVENT,
    run: '0mi8k2f5c-q3v9x0ab',
    plan: '0mi8k2f5c-q3v9x0ab',
    record: '1',
  };

  it.each(guarded.map(({ method, path, scope }) => [method, path, scope] as const))(
    'without the right token gets nothing from %s %s',
    async (method, path, scope) => {
      const world = await worldWithOneEvent();
      const before = world.traces();
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => samples[name] ?? name);
      expect((await world.request(method, filled)).status).toBe(401);
      const mayOnlyRead = await world.request(method, filled, { scopes: 'read' });
      expect(mayOnlyRead.status === 403).toBe(scope === 'operate');
      expect(world.traces()).toEqual(before);
    },
  );

  it('may start work only with the scope operate, whatever the route', () => {
    expect(guarded.filter(({ method, scope }) => method === 'POST' && scope !== 'operate')).toEqual([]);
  });

  it('learns from a refused method which ones there are', async () => {
    const answer = await new ApiWorld().request('PUT', '/v1/status');
    expect(answer.headers.allow).toBe('GET');
  });

  it('never sees its unchecked text again in a refusal', async () => {
    const world = new ApiWorld();
    const evil = 'x%3Cscript%3E';
    const texts = [
      (await world.post(`/v1/sync/main/registrations/${evil}`)).text,
      (await world.request('POST', '/v1/sync', { ...OPERATE, body: '{"<script>":1}' })).text,
      (await world.request('GET', '/v1/runs?%3Cscript%3E=1', OPERATE)).text,
      (await world.request('GET', '/v1/%3Cscript%3E', OPERATE)).text,
    ];
    for (const text of texts) expect(text).not.toContain('script');
  });
});

describe('an answer', () => {
  it.each(['/', '/openapi.json', '/v1/status', '/v1/nowhere'])('of %s carries the security headers', async (path) => {
    const { headers } = await new ApiWorld().get(path);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('is 503 with a time to retry while something it needs is briefly away', async () => {
    const world = new ApiWorld();
    world.dependencies.sources.list = () => Promise.reject(new CacheFailure('cache-unavailable', 'no answer'));
    const answer = await world.get('/v1/status');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
  });

  it('is 500 for the unexpected, names the request and keeps the cause to the log', async () => {
    const world = new ApiWorld();
    world.check = () => Promise.reject(new TypeError('value of a record'));
    const answer = await world.post('/v1/check/main');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('value of a record');
    expect(problem.parse(answer.body).instance).toBe('urn:tidemark:request:request-1');
    expect(JSON.stringify(world.telemetry.logs)).toContain('TypeError');
    expect(JSON.stringify(world.telemetry.logs)).not.toContain('value of a record');
  });

  it('to every request is logged with its route, status and caller', async () => {
    const world = new ApiWorld();
    await world.post('/v1/sync/mian');
    const schema = z.object({ route: z.string(), status: z.number(), caller: z.string(), problem: z.string() });
    expect(world.telemetry.logs.map(({ fields }) => schema.parse(fields))).toEqual([
      { route: 'syncConnection', status: 404, caller: '0a1b2c3d', problem: 'unknown-connection' },
    ]);
  });
});
