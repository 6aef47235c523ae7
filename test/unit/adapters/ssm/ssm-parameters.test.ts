import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedSsm, startEmbeddedSsm } from '../../../../infra/local/services/ssm/embedded-ssm.ts';
import { SsmApi } from '../../../../lib/adapters/ssm/ssm-api.ts';
import { SsmParameters } from '../../../../lib/adapters/ssm/ssm-parameters.ts';
import { Failure } from '../../../../lib/domain/failure.ts';
import { ManualClock } from '../../../fakes/manual-clock.ts';

const PREFIX = '/tidemark/test';
const HASH = 'a'.repeat(64);

let ssm: EmbeddedSsm;
let clock: ManualClock;
let parameters: SsmParameters;

const connection = (id: string) =>
  JSON.stringify({ id, source: 'zoho-creator', settings: {}, secrets: { key: 'top-secret' } });

beforeEach(async () => {
  ssm = await startEmbeddedSsm();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const api = new SsmApi({ region: 'eu-central-1', endpoint: ssm.url, ...credentials });
  clock = new ManualClock();
  parameters = new SsmParameters(api, PREFIX, clock);
});
afterEach(async () => {
  await ssm.close();
});

async function failureOf(action: Promise<unknown>): Promise<Failure> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Failure)) throw new Error('expected a Failure', { cause: error });
  return error;
}

describe('connections', () => {
  it('lists all of the stage, page by page, and no other parameter', async () => {
    const ids = Array.from({ length: 23 }, (_, index) => `clinic-${index + 10}`);
    for (const id of ids) ssm.set(`${PREFIX}/connections/${id}`, connection(id));
    ssm.set(`${PREFIX}/redis`, '{}');
    ssm.set('/tidemark/other/connections/stranger', connection('stranger'));
    const { connections, broken } = await parameters.list();
    expect(connections.map(({ id }) => id).toSorted()).toEqual(ids);
    expect(broken).toEqual([]);
  });

  it('lists a broken one as broken, beside the others', async () => {
    ssm.set(`${PREFIX}/connections/good`, connection('good'));
    ssm.set(`${PREFIX}/connections/bad`, '{"secrets":{"key":"top-secret"');
    const { connections, broken } = await parameters.list();
    expect(connections.map(({ id }) => id)).toEqual(['good']);
    expect(broken).toEqual([{ id: 'bad', problems: ['the parameter is not JSON'] }]);
  });

  it('lists none where there are none', async () => {
    expect(await parameters.list()).toEqual({ connections: [], broken: [] });
  });

  it('reads again after a minute, once for all who ask', async () => {
    await Promise.all([parameters.list(), parameters.list()]);
    ssm.set(`${PREFIX}/connections/new`, connection('new'));
    clock.advance(59_999);
    expect((await parameters.list()).connections).toEqual([]);
    clock.advance(1);
    expect((await parameters.list()).connections).toHaveLength(1);
    expect(ssm.meter.of('GetParametersByPath')).toBe(2);
  });

  it('does not remember a failure', async () => {
    ssm.faults.next({ error: 'ThrottlingException' });
    expect(await failureOf(parameters.list())).toMatchObject({ code: 'parameter-unavailable', retryable: true });
    expect(await parameters.list()).toEqual({ connections: [], broken: [] });
  });
});

describe('cache credentials', () => {
  const set = (token: string) => ssm.set(`${PREFIX}/redis`, JSON.stringify({ url: 'https://cache.example', token }));

  it('remembers them for five minutes, unless asked to read afresh', async () => {
    set('first');
    expect(await parameters.current()).toEqual({ url: 'https://cache.example', token: 'first' });
    set('second');
    clock.advance(299_999);
    expect((await parameters.current()).token).toBe('first');
    expect((await parameters.refreshed()).token).toBe('second');
    expect((await parameters.current()).token).toBe('second');
    set('third');
    clock.advance(300_000);
    expect((await parameters.current()).token).toBe('third');
  });

  it.each(['nonsense top-secret', '{"url":"top-secret","token":"x"}', '{"url":"https://cache.example","token":""}'])(
    'refuses a malformed parameter without repeating it: %j',
    async (text) => {
      ssm.set(`${PREFIX}/redis`, text);
      const failure = await failureOf(parameters.current());
      expect(failure).toMatchObject({ code: 'parameter-malformed', retryable: false });
      expect(`${failure.message} ${failure.stack}`).not.toContain('top-secret');
      expect(failure.message).toContain(`${PREFIX}/redis`);
    },
  );

  it('says which parameter is missing', async () => {
    expect((await failureOf(parameters.current())).message).toContain(`${PREFIX}/redis`);
  });
});

describe('API tokens', () => {
  it('remembers the hashes for a minute', async () => {
    ssm.set(`${PREFIX}/api-tokens`, JSON.stringify({ read: [HASH] }));
    expect(await parameters.hashes()).toEqual({ read: [HASH], operate: [] });
    ssm.set(`${PREFIX}/api-tokens`, JSON.stringify({ read: [], operate: [HASH] }));
    clock.advance(60_000);
    expect(await parameters.hashes()).toEqual({ read: [], operate: [HASH] });
  });

  it('refuses a token in place of its hash', async () => {
    ssm.set(`${PREFIX}/api-tokens`, JSON.stringify({ read: ['the-token-itself'] }));
    const failure = await failureOf(parameters.hashes());
    expect(failure.code).toBe('parameter-malformed');
    expect(failure.message).not.toContain('the-token-itself');
  });
});
