import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionError } from './invocation.ts';
import type { EnvironmentReply, InvokeRequest } from './protocol.ts';

/** Runs inside every execution environment: what Lambda's Node.js runtime does there. It imports nothing but Node. */

type Handler = (event: unknown, context: object) => unknown;

const STATUS_FILE = '/proc/self/status';
const UNCAUGHT_EXIT_CODE = 129;
const UNHANDLED_EXIT_CODE = 128;

function say(reply: EnvironmentReply): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(reply, () => resolve());
  });
}

function describe(thrown: unknown, type?: string): FunctionError {
  if (!(thrown instanceof Error)) return { errorType: type ?? typeof thrown, errorMessage: String(thrown) };
  const trace = (thrown.stack ?? '').split('\n');
  return { errorType: type ?? thrown.name, errorMessage: thrown.message, trace };
}

async function end(error: FunctionError, code: number): Promise<never> {
  await say({ kind: 'fatal', error });
  process.exit(code);
}

async function loadHandler(): Promise<Handler> {
  const { LAMBDA_TASK_ROOT: root = '', _HANDLER: name = '' } = process.env;
  const dot = name.lastIndexOf('.');
  const base = join(root, name.slice(0, dot));
  const file = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find((path) => existsSync(path));
  if (file === undefined) {
    return end({ errorType: 'Runtime.ImportModuleError', errorMessage: `Cannot find module '${base}'` }, 1);
  }
  const loaded: unknown = await import(pathToFileURL(file).href);
  const handler = exportOf(loaded, name.slice(dot + 1));
  if (handler === undefined) {
    return end({ errorType: 'Runtime.HandlerNotFound', errorMessage: `${name} is undefined or not exported` }, 1);
  }
  return handler;
}

/** A CommonJS bundle shows its exports on `default` where Node cannot see them statically. */
function exportOf(loaded: unknown, name: string): Handler | undefined {
  if (typeof loaded !== 'object' || loaded === null) return undefined;
  const found: unknown = Reflect.get(loaded, name);
  if (typeof found === 'function') return (event, context) => Reflect.apply(found, undefined, [event, context]);
  return 'default' in loaded ? exportOf(loaded.default, name) : undefined;
}

function contextOf({ requestId, deadlineMs, functionArn }: InvokeRequest): object {
  const { AWS_LAMBDA_FUNCTION_NAME: functionName, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryLimitInMB } = process.env;
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

/** Of this process alone: what `getrusage` tells begins with what its parent had when it was forked. */
function peakMb(): number {
  const status = existsSync(STATUS_FILE) ? readFileSync(STATUS_FILE, 'utf8') : '';
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Math.ceil(Number(kilobytes) / 1_024);
}

async function serve(handler: Handler, request: InvokeRequest): Promise<void> {
  const { requestId } = request;
  const root = Math.floor(Date.now() / 1000).toString(16);
  process.env._X_AMZN_TRACE_ID = `Root=1-${root}-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`;
  try {
    const payload = JSON.stringify((await handler(request.event, contextOf(request))) ?? null);
    await say({ kind: 'answer', requestId, payload, peakMb: peakMb() });
  } catch (error) {
    await say({ kind: 'error', requestId, error: describe(error), peakMb: peakMb() });
  }
}

process.on('uncaughtException', (error) => void end(describe(error), UNCAUGHT_EXIT_CODE));
process.on(
  'unhandledRejection',
  (reason) => void end(describe(reason, 'Runtime.UnhandledPromiseRejection'), UNHANDLED_EXIT_CODE),
);
// The host is gone: nobody would ever end this process.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; only the host decides when an environment ends.
process.on('SIGINT', () => undefined);

const handler = await loadHandler();
process.on('message', (request: InvokeRequest) => void serve(handler, request));
await say({ kind: 'ready' });
