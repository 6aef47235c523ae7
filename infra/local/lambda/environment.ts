import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FunctionDefinition } from './function-definition.ts';
import type { FunctionError, InvocationResult } from './invocation.ts';
import { type EnvironmentReply, type InvokeRequest, replySchema } from './protocol.ts';

/** One line a function wrote. */
export interface FunctionLog {
  /** Logical id. */
  readonly function: string;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface EnvironmentOptions {
  readonly definition: FunctionDefinition;
  /** Where this machine's services are: laid over the template's variables. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly onLog: (log: FunctionLog) => void;
}

/** Whom the emulators take every function for. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

const BOOTSTRAP = join(import.meta.dirname, 'bootstrap.ts');
/** Lambda's own limit for loading a bundle. */
const INIT_TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 6_291_556;

/**
 * One execution environment: a process of its own that serves one invocation at a time and sees only the variables that
 * Lambda would show it. It is not frozen between invocations, as Lambda's would be.
 */
export class ExecutionEnvironment {
  readonly #definition: FunctionDefinition;
  readonly #child: ChildProcess;
  readonly #exited: Promise<FunctionError>;
  #hear: (reply: EnvironmentReply) => void = () => undefined;
  #lastWords: FunctionError | undefined;
  #usable = false;
  #peakMb = 0;

  constructor({ definition, overrides, onLog }: EnvironmentOptions) {
    this.#definition = definition;
    this.#child = fork(BOOTSTRAP, [], {
      cwd: definition.bundle,
      env: variablesOf(definition, overrides),
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${definition.memoryMb}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.on('message', (message) => this.#receive(message));
    // Reported as the exit that follows.
    this.#child.on('error', () => undefined);
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = this.#child[stream];
      if (input === null) continue;
      const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
      lines.on('line', (line) => onLog({ function: definition.logicalId, stream, line }));
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#usable = false;
        resolve(this.#lastWords ?? exitError(code, signal));
      });
    });
  }

  /** Whether it can take an invocation. */
  get usable(): boolean {
    return this.#usable;
  }

  /** The most memory it has used until its last answer, in megabytes, the runtime's own included. */
  get peakMb(): number {
    return this.#peakMb;
  }

  /** Loads the bundle. @returns the error when it cannot be loaded */
  async start(): Promise<FunctionError | undefined> {
    const ready = this.#next((reply) => (reply.kind === 'ready' ? 'ready' : undefined));
    const first = await this.#within(INIT_TIMEOUT_MS, ready);
    if (first === 'ready') {
      this.#usable = true;
      return undefined;
    }
    if (first !== 'timeout') return first;
    this.kill();
    return { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${seconds(INIT_TIMEOUT_MS)} seconds` };
  }

  async invoke(event: unknown): Promise<InvocationResult> {
    const { timeoutMs, arn } = this.#definition;
    const requestId = randomUUID();
    const request: InvokeRequest = { requestId, event, deadlineMs: Date.now() + timeoutMs, functionArn: arn };
    const answered = this.#next((reply) => resultOf(reply, requestId));
    this.#child.send({ ...request });
    const result = await this.#within(timeoutMs, answered);
    if (result === 'timeout') {
      this.kill();
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds(timeoutMs)} seconds`;
      return { outcome: 'failed', error: { errorType: 'Sandbox.Timedout', errorMessage } };
    }
    if ('outcome' in result) return result;
    // An exit says which request it ended; an error keeps its own words.
    const prefix = result.errorType === 'Runtime.ExitError' ? `RequestId: ${requestId} Error: ` : '';
    return { outcome: 'failed', error: { ...result, errorMessage: `${prefix}${result.errorMessage}` } };
  }

  /** Ends the process at once, whatever it is doing. @returns whether it was alive */
  kill(): boolean {
    const wasAlive = !this.#child.killed;
    this.#usable = false;
    return this.#child.kill('SIGKILL') && wasAlive;
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  #receive(message: unknown): void {
    const parsed = replySchema.safeParse(message);
    // A bundle may talk on the channel too; nobody listens.
    if (!parsed.success) return;
    if ('peakMb' in parsed.data) this.#peakMb = parsed.data.peakMb;
    if (parsed.data.kind === 'fatal') {
      this.#lastWords = parsed.data.error;
      this.#usable = false;
    } else this.#hear(parsed.data);
  }

  #next<T>(pick: (reply: EnvironmentReply) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      this.#hear = (reply) => {
        const picked = pick(reply);
        if (picked !== undefined) resolve(picked);
      };
    });
  }

  /** What comes first: the expected reply, the end of the process, or the end of the time. */
  async #within<T>(ms: number, expected: Promise<T>): Promise<T | FunctionError | 'timeout'> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), ms);
    });
    const first = await Promise.race([expected, this.#exited, timeout]);
    clearTimeout(timer);
    return first;
  }
}

function resultOf(reply: EnvironmentReply, requestId: string): InvocationResult | undefined {
  if (!('requestId' in reply) || reply.requestId !== requestId) return undefined;
  if (reply.kind === 'error') return { outcome: 'failed', error: reply.error };
  const bytes = Buffer.byteLength(reply.payload);
  if (bytes > MAX_RESPONSE_BYTES) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
    return { outcome: 'failed', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
  }
  const payload: unknown = JSON.parse(reply.payload);
  return { outcome: 'succeeded', payload };
}

function exitError(code: number | null, signal: NodeJS.Signals | null): FunctionError {
  const reason = signal === null ? `exit status ${code ?? 'unknown'}` : `signal: ${SIGNAL_WORDS[signal] ?? signal}`;
  const errorMessage =
    code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${reason}`;
  return { errorType: 'Runtime.ExitError', errorMessage };
}

/** As Lambda words them: V8 aborts when its heap is full, and the host kills. */
const SIGNAL_WORDS: Readonly<Partial<Record<NodeJS.Signals, string>>> = { SIGABRT: 'aborted', SIGKILL: 'killed' };

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}

/** Lambda's standard variables, the template's, and on top of them where this machine's services are. */
function variablesOf(
  definition: FunctionDefinition,
  overrides: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: definition.region,
    AWS_DEFAULT_REGION: definition.region,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: definition.bundle,
    _HANDLER: definition.handler,
    ...definition.variables,
    ...overrides,
  };
}
