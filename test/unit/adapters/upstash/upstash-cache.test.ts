import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../../infra/local/services/redis/embedded-redis.ts';
import { startUpstashGateway, type UpstashGateway } from '../../../../infra/local/services/redis/upstash-gateway.ts';
import { UpstashCache } from '../../../../lib/adapters/upstash/upstash-cache.ts';
import { CacheFailure } from '../../../../lib/ports/cache.ts';
import type { CacheCredentials } from '../../../../lib/ports/parameters.ts';
import { upstashHarness } from '../../../contract/cache-harness.ts';
import { A, applied, applying, LAYOUT, metaOf, record, records } from '../../../contract/cache-requests.ts';

const TOKEN = 'unit';
const SECRET = 'jane@example.org';

let redis: EmbeddedRedis;
let gateway: UpstashGateway;

const credentials = (token = TOKEN) => ({ url: gateway.url, token });
const open = (timeoutMs = 300) =>
  new UpstashCache({ current: async () => credentials(), refreshed: async () => credentials() }, { timeoutMs });
const harness = () => upstashHarness(gateway.url, TOKEN, () => gateway.billedCommands());

async function failureOf(action: Promise<unknown>): Promise<CacheFailure> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CacheFailure)) throw new Error('expected a CacheFailure', { cause: error });
  return error;
}

beforeAll(async () => {
  redis = await startEmbeddedRedis();
  gateway = await startUpstashGateway({ token: TOKEN, redis });
  // The embedded Redis takes a while to read a script for the first time.
  await harness().cache.apply(applying());
});
beforeEach(async () => {
  gateway.faults.clear();
  await harness().flush();
});
afterAll(async () => {
  await gateway.close();
  await redis.close();
});

describe('UpstashCache under faults', () => {
  const request = applying({ records: [record(A, '1', 10, SECRET)] });

  it.each([
    ['a full database', { kind: 'fail-item', error: 'ERR DB capacity quota exceeded' }, 'cache-full', true],
    [
      'memory that is used up',
      { kind: 'fail-item', error: "OOM command not allowed when used memory > 'maxmemory'." },
      'cache-full',
      true,
    ],
    [
      'a used-up plan',
      { kind: 'fail-item', error: 'ERR max requests limit exceeded. Limit: 500000, Usage: 500000.' },
      'cache-unavailable',
      true,
    ],
    [
      'a request that is too large',
      { kind: 'fail-item', error: 'ERR max request size exceeded. Limit: 10485760 bytes' },
      'cache-refused',
      false,
    ],
    [
      'a command that is refused',
      { kind: 'fail-item', error: 'NOPERM this user has no permissions' },
      'cache-refused',
      false,
    ],
    ['throttling', { kind: 'status', status: 429, body: '{"error":"Too Many Requests"}' }, 'cache-unavailable', true],
    ['an error page', { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' }, 'cache-unavailable', true],
    ['an error without a text', { kind: 'status', status: 500, body: '{}' }, 'cache-unavailable', true],
    [
      'a page that claims success',
      { kind: 'status', status: 200, body: '<html>Hello</html>' },
      'cache-unavailable',
      true,
    ],
    ['an answer that is none', { kind: 'status', status: 200, body: '{"result":"OK"}' }, 'cache-unavailable', true],
    ['an answer without a result', { kind: 'status', status: 200, body: '{}' }, 'cache-unavailable', true],
    ['a broken connection', { kind: 'drop' }, 'cache-unavailable', true],
    ['silence', { kind: 'timeout-before-apply' }, 'cache-unavailable', true],
    ['silence after the write', { kind: 'timeout-after-apply' }, 'cache-unavailable', true],
  ] as const)('reports %s, without a value of any record', async (_, fault, code, retryable) => {
    await open().apply(applying());
    gateway.faults.next(fault);
    const failure = await failureOf(open().apply(request));
    expect(failure).toMatchObject({ code, retryable });
    const everything = `${failure.message} ${failure.stack} ${JSON.stringify(failure)} ${String(failure.cause)}`;
    expect(everything).not.toContain(SECRET);
    expect(everything).not.toContain(A.partition);
  });

  it('may repeat a write whose acknowledgement was lost', async () => {
    await open().apply(applying());
    gateway.faults.next({ kind: 'timeout-after-apply' });
    await failureOf(open().apply(request));
    expect(await open().apply(request)).toMatchObject(applied({ unchanged: 1, count: 1 }));
  });

  it('tries a failing request once', async () => {
    gateway.faults.next({ kind: 'drop', count: 9 });
    await failureOf(open().count(A, LAYOUT));
    expect(gateway.faults.left).toBe(8);
  });

  it('loads its script where Redis does not hold it', async () => {
    await harness().redis(['SCRIPT', 'FLUSH']);
    const before = await gateway.billedCommands();
    const reply = await open().apply(request);
    expect(reply).toMatchObject({ added: 1 });
    expect((await gateway.billedCommands()) - before).toBe(reply.commands);
  });

  it('tells readers nothing of a request whose last page is not written', async () => {
    await open().apply(applying({ meta: { ...request.meta, pending: true } }));
    const before = await harness().hash(metaOf(A));
    let pages = 0;
    gateway.faults.next({
      kind: 'status',
      status: 500,
      body: '{}',
      match: ([name]: readonly string[]) => name === 'EVALSHA' && ++pages === 2,
    });
    const meta = { ...request.meta, applied: 7, pending: false };
    await failureOf(open().apply(applying({ records: records(A, 1_500, 5), meta })));
    expect(await harness().hash(metaOf(A))).toEqual({ ...before, count: '1000' });
    expect(await open().apply(applying({ records: records(A, 1_500, 5), meta }))).toMatchObject(
      applied({ added: 500, unchanged: 1_000 }),
    );
    expect(await harness().hash(metaOf(A))).toMatchObject({ count: '1500', applied: '7', pending: 'false' });
  });
});

describe('UpstashCache and its credentials', () => {
  const rotating = (current: string, refreshed: string) => ({
    current: vi.fn<() => Promise<CacheCredentials>>(async () => credentials(current)),
    refreshed: vi.fn<() => Promise<CacheCredentials>>(async () => credentials(refreshed)),
  });

  it('reads them afresh once when they are refused', async () => {
    const access = rotating('old', TOKEN);
    expect(await new UpstashCache(access).count(A, LAYOUT)).toBe(0);
    expect(access.refreshed).toHaveBeenCalledTimes(1);
  });

  it('gives up when fresh ones are refused too', async () => {
    const access = rotating('old', 'older');
    expect(await failureOf(new UpstashCache(access).count(A, LAYOUT))).toMatchObject({
      code: 'cache-unauthorized',
      retryable: false,
    });
    expect(access.refreshed).toHaveBeenCalledTimes(1);
  });

  it('does not read them afresh for any other failure', async () => {
    const access = rotating(TOKEN, TOKEN);
    gateway.faults.next({ kind: 'status', status: 500, body: '{}' });
    await failureOf(new UpstashCache(access).count(A, LAYOUT));
    expect(access.refreshed).not.toHaveBeenCalled();
  });
});
