import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalHost, startLocalHost } from '../../../infra/local/host.ts';
import { closeServer, listenOnLoopback } from '../../../infra/local/services/http-server.ts';
import { objectOf } from '../../../infra/local/services/json.ts';
import { TINY_BUNDLES, TINY_STACKS } from './support/tiny-stacks.ts';
import { type WrittenAssembly, writeAssembly } from './support/written-assembly.ts';

let assembly: WrittenAssembly;
let host: LocalHost;
const logs: { readonly function: string; readonly line: string }[] = [];
const problems: string[] = [];

const DAY_MS = 86_400_000;
/** Less than the queue's visibility timeout. */
const SETTLE_MS = 15_000;

beforeAll(async () => {
  assembly = writeAssembly({ stacks: TINY_STACKS, bundles: TINY_BUNDLES });
  host = await startLocalHost({
    assemblyDir: assembly.directory,
    connections: [{ id: 'main', source: 'tiny' }],
    schedules: false,
    fast: 10,
    redeliverySeconds: 1,
    onLog: (log) => logs.push(log),
    onProblem: (problem) => problems.push(problem),
  });
});

afterAll(async () => {
  await host.close();
  assembly.remove();
});

beforeEach(() => {
  logs.length = 0;
});

function linesOf(name: string): unknown[] {
  return logs.filter((log) => log.function === name).map(({ line }): unknown => JSON.parse(line));
}

function queueUrl(name: string): string {
  return host.queueUrls.find((url) => url.endsWith(name)) ?? '';
}

async function send(...messages: readonly { readonly name: string; readonly how?: string }[]): Promise<void> {
  const Entries = messages.map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) }));
  await host.services.sqs.call('test', 'SendMessageBatch', { QueueUrl: queueUrl('-Work'), Entries });
}

async function deadLetters(): Promise<number> {
  const request = { QueueUrl: queueUrl('-DeadLetters'), AttributeNames: ['ApproximateNumberOfMessages'] };
  const { Attributes } = await host.services.sqs.call('test', 'GetQueueAttributes', request);
  return Number(objectOf(Attributes)?.ApproximateNumberOfMessages);
}

describe('the host', () => {
  it('gives functions what the other stack exports, and where the services are', async () => {
    expect(host.queueUrls.every((url) => url.startsWith(host.endpoints.sqs))).toBe(true);
    expect(host.functions.find(({ logicalId }) => logicalId === 'Planner')?.variables).toMatchObject({
      TABLE_NAME: 'State-Table',
      QUEUE_URL: queueUrl('-Work'),
    });
    expect(host.tableNames).toEqual(['State-Table']);
  });

  it('divides the intervals of the policy by the speed', () => {
    const policy = host.functions.find(({ logicalId }) => logicalId === 'Planner')?.variables.POLICY ?? '';
    expect(JSON.parse(policy)).toEqual({ intervalMinutes: 0.5, staleAfterMinutes: 15, retrySeconds: 3 });
  });

  it('writes the parameters an operator would write, tokens only as hashes', async () => {
    const response = await fetch(host.endpoints.ssm, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSSM.GetParametersByPath' },
      body: JSON.stringify({ Path: '/tiny/dev', Recursive: true, WithDecryption: true }),
    });
    const text = await response.text();
    expect(text).toMatch(/\/tiny\/dev\/api-tokens.*\/tiny\/dev\/connections\/main.*\/tiny\/dev\/redis/);
    expect(text).not.toContain(host.tokens.operate);
    expect(text).toContain(host.endpoints.redis.token);
  });

  it('listens on the port it is asked for, and takes it for nothing else', async () => {
    const server = createServer();
    const port = Number(new URL(await listenOnLoopback(server)).port);
    await closeServer(server);
    const other = await startLocalHost({ assemblyDir: assembly.directory, connections: [], schedules: false, port });
    try {
      expect(new URL(other.apiUrl).port).toBe(String(port));
    } finally {
      await other.close();
    }
  });

  it('refuses a port that is taken, and leaves nothing running', async () => {
    const server = createServer();
    const port = Number(new URL(await listenOnLoopback(server)).port);
    const second = startLocalHost({ assemblyDir: assembly.directory, connections: [], port });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    server.close();
  });
});

describe('a queue that a function reads', () => {
  it('hands out batches, and deletes what was done', async () => {
    await send({ name: 'a' }, { name: 'b' }, { name: 'c' });
    await host.settle(SETTLE_MS);
    await expect.poll(() => linesOf('Worker').length).toBe(3);
    expect(linesOf('Worker')[0]).toMatchObject({
      batch: 3,
      received: 1,
      eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:State-Work',
    });
    expect(await deadLetters()).toBe(0);
  });

  it('gives back only what failed, and after its last receive moves it to the dead-letter queue', async () => {
    await send({ name: 'good' }, { name: 'bad', how: 'fail' });
    await host.settle(SETTLE_MS);
    const received = (): string[] =>
      linesOf('Worker').map((line) => {
        const { name, received: times } = objectOf(line) ?? {};
        return `${String(name)} ${String(times)}`;
      });
    await expect.poll(received).toEqual(['good 1', 'bad 1', 'bad 2']);
    expect(await deadLetters()).toBe(1);
    await host.services.sqs.call('test', 'PurgeQueue', { QueueUrl: queueUrl('-DeadLetters') });
  });

  it.each(['throw', 'lie'])('gives the whole batch back when the function does "%s"', async (how) => {
    await send({ name: 'good' }, { name: 'bad', how });
    await host.settle(SETTLE_MS);
    await expect.poll(() => linesOf('Worker').length).toBe(4);
    expect(await deadLetters()).toBe(2);
    await host.services.sqs.call('test', 'PurgeQueue', { QueueUrl: queueUrl('-DeadLetters') });
  });

  it('shows a message again when the environment that worked on it was killed', async () => {
    await send({ name: 'lost', how: 'hangFirst' });
    await expect.poll(() => linesOf('Worker').length).toBe(1);
    const { coldStarts = 0 } = (await host.meters()).functions.Worker ?? {};
    expect(host.killEnvironments()).toBeGreaterThan(0);
    expect(host.killEnvironments('Worker')).toBe(0);
    await host.settle(SETTLE_MS);
    await expect.poll(() => linesOf('Worker').map((line) => objectOf(line)?.received)).toEqual([1, 2]);
    expect((await host.meters()).functions.Worker).toMatchObject({ coldStarts: coldStarts + 1 });
    expect(await deadLetters()).toBe(0);
  });

  it('is what settling waits for', async () => {
    const request = { QueueUrl: queueUrl('-Work'), MessageBody: '{"name":"late"}', DelaySeconds: 30 };
    await host.services.sqs.call('test', 'SendMessage', request);
    await expect(host.settle(100)).rejects.toThrow('not settled within 100 ms: 1 messages on State-Work');
    await host.services.sqs.call('test', 'PurgeQueue', { QueueUrl: queueUrl('-Work') });
    await host.settle(SETTLE_MS);
  });
});

describe('a schedule', () => {
  it('fired by hand invokes its function with the time in its input', async () => {
    const result = await host.fire('plan');
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(result).toEqual({ outcome: 'succeeded', payload: { job: 'plan', at, fail: false } });
  });

  it('that fails says how', async () => {
    const result = await host.fire('FailSchedule');
    expect(result).toMatchObject({ outcome: 'failed', error: { errorMessage: 'planned to fail' } });
    await expect.poll(() => linesOf('Planner')).toEqual([{ fail: true, attempt: '1' }]);
  });

  it('that is not there is refused with those that are', async () => {
    await expect(host.fire('nobody')).rejects.toThrow('PlanSchedule, FailSchedule, SleepingSchedule');
  });

  it('with a rate runs at once and then faster by the speed; a disabled one never', async () => {
    const lines: string[] = [];
    const fast = await startLocalHost({
      assemblyDir: assembly.directory,
      connections: [],
      fast: 240,
      onLog: ({ line }) => lines.push(line),
    });
    const due = (fast.dueAt('FailSchedule')?.getTime() ?? 0) - Date.now();
    await expect.poll(() => lines.length, { timeout: 5_000 }).toBeGreaterThan(3);
    expect(fast.dueAt('SleepingSchedule')).toBeUndefined();
    await fast.close();
    expect(due).toBeGreaterThan(0);
    expect(due).toBeLessThanOrEqual(DAY_MS / 240);
    expect(lines.every((line) => line.includes('"job":"plan"'))).toBe(true);
  });
});

describe('a schedule that runs when its host is closed', () => {
  it('is no problem', async () => {
    const planner = 'export const handler = () => { console.log("{}"); return new Promise(() => {}); };';
    const hanging = writeAssembly({ stacks: TINY_STACKS, bundles: { ...TINY_BUNDLES, planner } });
    const heard: string[] = [];
    const told: string[] = [];
    const closed = await startLocalHost({
      assemblyDir: hanging.directory,
      connections: [],
      fast: 240,
      onLog: ({ line }) => heard.push(line),
      onProblem: (problem) => told.push(problem),
    });
    await expect.poll(() => heard.length, { timeout: 5_000 }).toBeGreaterThan(0);
    await closed.close();
    hanging.remove();
    expect(told).toEqual([]);
  });
});

describe('a schedule that is fired by hand', () => {
  it('does not run by itself', async () => {
    const tame = await startLocalHost({
      assemblyDir: assembly.directory,
      connections: [],
      firedByHand: ['FailSchedule'],
    });
    const due = [tame.dueAt('PlanSchedule'), tame.dueAt('FailSchedule')];
    await tame.close();
    expect(due).toEqual([expect.any(Date), undefined]);
  });
});

describe('the HTTP API', () => {
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${host.apiUrl}${path}`, { headers });

  it('passes requests on in payload format 2.0', async () => {
    const response = await get('/items/a%20b?x=1&y=2&x=3', { cookie: 'k=v; l=w', 'X-Custom': 'Yes' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: 'GET /items/{id}',
      rawPath: '/items/a b',
      rawQueryString: 'x=1&y=2&x=3',
      cookies: ['k=v', 'l=w'],
      headers: { 'x-custom': 'Yes' },
      queryStringParameters: { x: '1,3', y: '2' },
      pathParameters: { id: 'a b' },
      requestContext: { http: { method: 'GET', path: '/items/a b' }, stage: '$default' },
      isBase64Encoded: false,
    });
  });

  it('takes whole paths where a route is greedy', async () => {
    const response = await fetch(`${host.apiUrl}/files/a/b%2Fc`, { method: 'DELETE' });
    expect(await response.json()).toMatchObject({ pathParameters: { proxy: 'a/b/c' } });
  });

  it.each([
    ['application/json', '{"a":1}', '{"a":1}', false],
    ['application/octet-stream', '{"a":1}', 'eyJhIjoxfQ==', true],
  ])('passes a body of type %s on', async (type, sent, body, isBase64Encoded) => {
    const request = { method: 'POST', headers: { 'content-type': type }, body: sent };
    const response = await fetch(`${host.apiUrl}/items`, request);
    expect(await response.json()).toMatchObject({ body, isBase64Encoded });
  });

  it('answers as the function says', async () => {
    const response = await get('/teapot');
    expect([response.status, response.headers.get('x-kind'), await response.text()]).toEqual([
      418,
      'tea',
      'short and stout',
    ]);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    expect(new Uint8Array(await (await get('/bytes')).arrayBuffer())).toEqual(new Uint8Array([0, 1, 2]));
    expect(await (await get('/plain')).json()).toEqual({ hello: 'world' });
  });

  it.each([
    ['/nothing/here', 404, 'Not Found'],
    ['/throw', 500, 'Internal Server Error'],
    ['/bad', 500, 'Internal Server Error'],
    ['/slow', 503, 'Service Unavailable'],
    ['/items/%zz', 400, 'Bad Request'],
    ['/secret', 401, 'Unauthorized'],
  ])('answers %s with %i', async (path, status, message) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message });
  });

  it('refuses a body of more than 10 MB', async () => {
    const response = await fetch(`${host.apiUrl}/items`, { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect(response.status).toBe(413);
  });

  it('refuses whom the authorizer refuses', async () => {
    expect((await get('/secret', { authorization: 'Bearer wrong' })).status).toBe(403);
    expect((await get('/secret', { authorization: 'Bearer broken' })).status).toBe(500);
  });

  it('asks the authorizer once for one identity, and passes on what it says', async () => {
    const headers = { authorization: 'Bearer right' };
    const contextOf = async (path: string): Promise<unknown> => {
      const body: unknown = await (await get(path, headers)).json();
      return objectOf(objectOf(body)?.requestContext)?.authorizer;
    };
    const first = await contextOf('/secret');
    expect(first).toMatchObject({ lambda: { format: '2.0 REQUEST', source: 'Bearer right' } });
    expect(await contextOf('/secret/part')).toEqual(first);
  });
});
