import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIG_EVENT, type System, startSystem } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await system.load();
});

afterAll(() => system.close());

const INJECTION = encodeURIComponent('1 || ID != 0');
const SYNC = '/v1/sync/main/registrations';

describe('bad input gets a clear answer and causes no work:', () => {
  it.each([
    ['an unknown connection', 'POST', '/v1/sync/nobody', {}, 404],
    ['an unknown stream', 'POST', '/v1/sync/main/orders', {}, 404],
    ['an event nobody knows', 'POST', `${SYNC}/1`, {}, 404],
    ['a criterion for an event id', 'POST', `${SYNC}/${INJECTION}`, {}, 422],
    ['a wrong token', 'POST', `${SYNC}/${BIG_EVENT}`, { token: 'wrong' }, 401],
    ['no token', 'POST', `${SYNC}/${BIG_EVENT}`, { token: null }, 401],
    ['an oversized body', 'POST', `${SYNC}/${BIG_EVENT}`, { body: `{"mode":"${'x'.repeat(20_000)}"}` }, 413],
    ['bad JSON', 'POST', `${SYNC}/${BIG_EVENT}`, { body: '{"mode":' }, 400],
    ['an unknown mode', 'POST', `${SYNC}/${BIG_EVENT}`, { body: '{"mode":"everything"}' }, 422],
    ['a wrong method', 'DELETE', `${SYNC}/${BIG_EVENT}`, {}, 405],
    ['an unknown route', 'GET', '/v1/nothing', {}, 404],
  ] as const)('%s', async (_what, method, path, options, status) => {
    const before = await system.host.meters();
    const answer = await system.api(method, path, options);
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
    const after = await system.host.meters();
    expect(after.sqsRequests).toBe(before.sqsRequests);
    expect(after.writeUnits).toEqual(before.writeUnits);
  });

  it('a token that may only read cannot force', async () => {
    const answer = await system.api('POST', `${SYNC}/${BIG_EVENT}`, { token: system.host.tokens.read });
    expect(answer).toMatchObject({ status: 403, body: { status: 403 } });
    expect((await system.api('GET', '/v1/status', { token: system.host.tokens.read })).status).toBe(200);
  });

  it('pause stops planning and resume goes on', async () => {
    expect((await system.api('POST', '/v1/pause/main/registrations')).status).toBe(200);
    expect((await system.spent(() => system.cycle())).registrations).toBe(0);
    expect((await system.api('POST', '/v1/resume/main/registrations')).status).toBe(200);
    expect((await system.spent(() => system.cycle())).registrations).toBe(1);
  });

  it('serves its OpenAPI document and a status page to anybody', async () => {
    expect((await system.api('GET', '/openapi.json', { token: null })).body).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\./),
    });
    const page = await system.api('GET', '/', { token: null });
    expect(page.type).toContain('text/html');
  });
});
