import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AuthorizerEvent, createAuthorizer } from '../../../functions/authorizer/authorize.ts';
import type { ApiTokenHashes } from '../../../lib/ports/parameters.ts';
import { InMemoryTelemetry } from '../../fakes/in-memory-telemetry.ts';

const hash = (token: string): string => createHash('sha256').update(token).digest('hex');
const HASHES: ApiTokenHashes = {
  read: [hash('reader-old'), hash('reader-new')],
  operate: [hash('operator-old'), hash('operator-new')],
};

function event(authorization: string | undefined): AuthorizerEvent {
  const full = {
    version: '2.0',
    type: 'REQUEST',
    routeArn: 'arn:aws:execute-api:eu-central-1:000000000000:api/$default/GET/v1/status',
    identitySource: null,
    routeKey: '$default',
    rawPath: '/v1/status',
    rawQueryString: '',
    headers: { host: 'api.example.com', ...(authorization === undefined ? {} : { authorization }) },
    requestContext: { requestId: 'request-1', stage: '$default', http: { method: 'GET', path: '/v1/status' } },
  };
  return full;
}

async function authorize(
  authorization: string | undefined,
  hashes: () => Promise<ApiTokenHashes> = async () => HASHES,
) {
  const telemetry = new InMemoryTelemetry();
  const answer = await createAuthorizer({ tokens: { hashes }, telemetry })(event(authorization));
  return { ...answer.context, isAuthorized: answer.isAuthorized, telemetry };
}

describe('the authorizer', () => {
  it.each([
    ['Bearer reader-old', 'read'],
    ['Bearer reader-new', 'read'],
    ['Bearer operator-old', 'read operate'],
    ['bearer   operator-new', 'read operate'],
  ])('grants %s the scopes "%s"', async (authorization, scopes) => {
    expect((await authorize(authorization)).scopes).toBe(scopes);
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a token without its scheme', 'reader-new'],
    ['another scheme', 'Basic reader-new'],
    ['an empty token', 'Bearer '],
    ['a wrong token', 'Bearer reader-newer'],
    ['the hash instead of the token', `Bearer ${hash('operator-new')}`],
    ['two tokens', 'Bearer wrong operator-new'],
    ['a token of 10 kB', `Bearer ${'a'.repeat(10_240)}`],
  ])('grants %s nothing, and leaves the refusal to the API', async (_, authorization) => {
    const answer = await authorize(authorization);
    expect(answer).toMatchObject({ isAuthorized: true, scopes: '' });
  });

  it('names the caller by the first digits of the token’s hash, never by the token', async () => {
    const { caller } = await authorize('Bearer operator-new');
    expect(caller).toBe(hash('operator-new').slice(0, 8));
  });

  it('lets nobody in while the hashes cannot be read, and says so', async () => {
    const { scopes, telemetry } = await authorize('Bearer operator-new', () => Promise.reject(new Error('throttled')));
    expect(scopes).toBe('');
    expect(telemetry.logs).toMatchObject([{ level: 'error', fields: { code: 'unexpected' } }]);
    expect(JSON.stringify(telemetry.logs)).not.toContain('operator-new');
  });

  it('lets nobody in by a hash that is cut, empty, or no hash', async () => {
    const broken = { read: ['', 'zz', hash('reader-new').slice(0, 32)], operate: [''] };
    expect((await authorize('Bearer reader-new', async () => broken)).scopes).toBe('');
  });

  it('lets others in beside a hash that is none', async () => {
    const mixed = { read: ['zz', hash('reader-new')], operate: [''] };
    expect((await authorize('Bearer reader-new', async () => mixed)).scopes).toBe('read');
  });

  it('takes a hash that is listed twice', async () => {
    const twice = { read: [hash('reader-new'), hash('reader-new')], operate: [] };
    expect((await authorize('Bearer reader-new', async () => twice)).scopes).toBe('read');
  });
});
