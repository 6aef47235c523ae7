import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionLog } from '../../../infra/local/lambda/environment.ts';
import type { FunctionDefinition } from '../../../infra/local/lambda/function-definition.ts';
import { FunctionPool } from '../../../infra/local/lambda/function-pool.ts';
import type { InvocationResult } from '../../../infra/local/lambda/invocation.ts';
import { MISCHIEF } from './support/handlers.ts';
import { type WrittenAssembly, writeAssembly } from './support/written-assembly.ts';

let assembly: WrittenAssembly;
const pools: FunctionPool[] = [];
const logs: FunctionLog[] = [];

beforeAll(() => {
  const broken = 'throw new SyntaxError("bad bundle");';
  assembly = writeAssembly({ stacks: {}, bundles: { mischief: MISCHIEF, broken } });
});

afterAll(() => assembly.remove());

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function poolWith(changes: Partial<FunctionDefinition> = {}): FunctionPool {
  const definition: FunctionDefinition = {
    logicalId: 'Mischief',
    name: 'mischief',
    arn: 'arn:aws:lambda:eu-west-1:000000000000:function:mischief',
    region: 'eu-west-1',
    bundle: `${assembly.directory}/asset.mischief`,
    bundleHash: 'cafe',
    handler: 'index.handler',
    memoryMb: 64,
    timeoutMs: 5_000,
    variables: { STAGE: 'test' },
    ...changes,
  };
  const pool = new FunctionPool({
    definition,
    overrides: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
    onLog: (log) => logs.push(log),
  });
  pools.push(pool);
  return pool;
}

function payloadOf(result: InvocationResult): unknown {
  if (result.outcome !== 'succeeded') throw new Error(`expected success: ${JSON.stringify(result)}`);
  return result.payload;
}

function errorOf(result: InvocationResult): string {
  if (result.outcome !== 'failed') throw new Error(`expected an error: ${JSON.stringify(result)}`);
  return `${result.error.errorType}: ${result.error.errorMessage.replace(/RequestId: [0-9a-f-]{36} /, 'RequestId: … ')}`;
}

describe('a function', () => {
  it('answers, and its environment stays warm for the next invocation', async () => {
    const pool = poolWith();
    const first = payloadOf(await pool.invoke({ do: 'echo', text: '4433256000013547003' }));
    expect(first).toMatchObject({ event: { do: 'echo', text: '4433256000013547003' }, calls: 1 });
    expect(payloadOf(await pool.invoke({ do: 'echo' }))).toMatchObject({ calls: 2 });
    expect(payloadOf(await pool.invoke({ do: 'nothing' }))).toBeNull();
    expect(pool.figures).toMatchObject({ invocations: 3, errors: 0, throttles: 0, coldStarts: 1 });
    // A process with nothing in it has some forty megabytes.
    expect(pool.figures.peakMb).toBeGreaterThan(20);
  });

  it('is told about its invocation', async () => {
    expect(payloadOf(await poolWith().invoke({ do: 'echo' }))).toMatchObject({
      remainingMs: expect.closeTo(5_000, -3),
      context: {
        functionName: 'mischief',
        invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:mischief',
        memoryLimitInMB: '64',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
  });

  it('sees the variables of the template, of Lambda and of the host, and none of this process', async () => {
    process.env.OF_THE_HOST_ONLY = 'secret';
    const seen = payloadOf(await poolWith().invoke({ do: 'env' }));
    delete process.env.OF_THE_HOST_ONLY;
    expect(seen).toMatchObject({
      STAGE: 'test',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'mischief',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '64',
      _HANDLER: 'index.handler',
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
    });
    expect(seen).not.toHaveProperty('OF_THE_HOST_ONLY');
    expect(seen).not.toHaveProperty('HOME');
    expect(seen).not.toHaveProperty('NODE_OPTIONS');
    expect(seen).not.toHaveProperty('NODE_CHANNEL_FD');
  });

  it('has what it writes passed on line by line', async () => {
    logs.length = 0;
    const pool = poolWith();
    await pool.invoke({ do: 'log' });
    await expect
      .poll(() => logs.map(({ stream, line }) => `${stream} ${line}`).sort())
      .toEqual(['stderr three', 'stdout one', 'stdout two']);
  });

  it.each([
    ['throw', 'TypeError: no good'],
    ['throwText', 'string: just text'],
    ['circular', 'TypeError: Converting circular structure'],
    ['huge', 'Function.ResponseSizeTooLarge: Response payload size exceeded'],
  ])('that does "%s" fails alone: its environment goes on', async (what, error) => {
    const pool = poolWith();
    await pool.invoke({ do: 'nothing' });
    expect(errorOf(await pool.invoke({ do: what }))).toContain(error);
    expect(payloadOf(await pool.invoke({ do: 'echo' }))).toMatchObject({ calls: 3 });
    expect(pool.figures.coldStarts).toBe(1);
  });

  it.each([
    ['throwLater', 'RangeError: later'],
    ['rejectUnseen', 'Runtime.UnhandledPromiseRejection: unseen'],
    ['exit', 'Runtime.ExitError: RequestId: … Error: Runtime exited with error: exit status 3'],
    ['exitQuietly', 'Runtime.ExitError: RequestId: … Error: Runtime exited without providing a reason'],
    ['eat', 'Runtime.ExitError: RequestId: … Error: Runtime exited with error: signal: aborted'],
  ])('that does "%s" loses its environment, and the next invocation gets a new one', async (what, error) => {
    const pool = poolWith();
    expect(errorOf(await pool.invoke({ do: what }))).toBe(error);
    expect(payloadOf(await pool.invoke({ do: 'echo' }))).toMatchObject({ calls: 1 });
    expect(pool.figures).toMatchObject({ invocations: 2, errors: 1, throttles: 0, coldStarts: 2 });
  });

  it('has the memory that its template says', async () => {
    const event = { do: 'hold', megabytes: 200 };
    expect(errorOf(await poolWith({ memoryMb: 64 }).invoke(event))).toContain('signal: aborted');
    expect(payloadOf(await poolWith({ memoryMb: 512 }).invoke(event))).toBe(200);
  });

  it.each(['hang', 'spin'])('that does "%s" is ended at its timeout', async (what) => {
    const pool = poolWith({ timeoutMs: 300 });
    const error = 'Sandbox.Timedout: RequestId: … Error: Task timed out after 0.30 seconds';
    expect(errorOf(await pool.invoke({ do: what }))).toBe(error);
    expect(payloadOf(await pool.invoke({ do: 'echo' }))).toMatchObject({ calls: 1 });
  });

  it('whose bundle cannot be loaded fails with the reason, every time', async () => {
    const broken = poolWith({ bundle: `${assembly.directory}/asset.broken` });
    expect(errorOf(await broken.invoke({}))).toBe('SyntaxError: bad bundle');
    expect(errorOf(await broken.invoke({}))).toBe('SyntaxError: bad bundle');
    expect(errorOf(await poolWith({ handler: 'missing.handler' }).invoke({}))).toContain('Runtime.ImportModuleError');
    expect(errorOf(await poolWith({ handler: 'index.other' }).invoke({}))).toContain('Runtime.HandlerNotFound');
  });

  it('runs side by side with itself, each invocation in an environment of its own', async () => {
    const pool = poolWith();
    const sleeping = Array.from({ length: 3 }, () => pool.invoke({ do: 'sleep', ms: 300 }));
    const pids = (await Promise.all(sleeping)).map(payloadOf);
    expect(new Set(pids).size).toBe(3);
    expect(pool.figures.coldStarts).toBe(3);
  });

  it('is throttled above its reserved concurrency', async () => {
    const pool = poolWith({ reservedConcurrency: 1 });
    const first = pool.invoke({ do: 'sleep', ms: 100 });
    expect(await pool.invoke({ do: 'echo' })).toEqual({ outcome: 'throttled' });
    expect((await first).outcome).toBe('succeeded');
    expect((await pool.invoke({ do: 'echo' })).outcome).toBe('succeeded');
  });

  it('can be killed in the middle of an invocation', async () => {
    const pool = poolWith();
    await pool.invoke({ do: 'nothing' });
    const hanging = pool.invoke({ do: 'hang' });
    expect(pool.kill()).toBe(1);
    expect(pool.kill()).toBe(0);
    expect(errorOf(await hanging)).toBe(
      'Runtime.ExitError: RequestId: … Error: Runtime exited with error: signal: killed',
    );
    expect(payloadOf(await pool.invoke({ do: 'echo' }))).toMatchObject({ calls: 1 });
  });
});
