import { ExecutionEnvironment, type FunctionLog } from './environment.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { InvocationResult } from './invocation.ts';

export interface FunctionPoolOptions {
  readonly definition: FunctionDefinition;
  readonly overrides: Readonly<Record<string, string>>;
  readonly onLog: (log: FunctionLog) => void;
}

/** Counts of one function since the host started. */
export interface FunctionFigures {
  readonly invocations: number;
  readonly errors: number;
  readonly throttles: number;
  readonly coldStarts: number;
  /** The most memory that one of its environments has used, in megabytes; 0 before the first answer. */
  readonly peakMb: number;
}

/** What this machine affords one function without a reserved concurrency: more invocations wait in line. */
const UNRESERVED_CONCURRENCY = 10;

/** The execution environments of one function: warm ones are used again, the one used last first. */
export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #options: FunctionPoolOptions;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #warm: ExecutionEnvironment[] = [];
  readonly #line: (() => void)[] = [];
  #busy = 0;
  #closed = false;
  #figures: FunctionFigures = { invocations: 0, errors: 0, throttles: 0, coldStarts: 0, peakMb: 0 };

  constructor(options: FunctionPoolOptions) {
    this.#options = options;
    this.definition = options.definition;
  }

  get figures(): FunctionFigures {
    return this.#figures;
  }

  /** Invocations under way or in line. */
  get inFlight(): number {
    return this.#busy + this.#line.length;
  }

  /** With a reserved concurrency, invocations above it are throttled as in AWS. */
  async invoke(event: unknown): Promise<InvocationResult> {
    const { reservedConcurrency } = this.definition;
    if (this.#closed || (reservedConcurrency !== undefined && this.#busy >= reservedConcurrency)) {
      this.#count('throttles');
      return { outcome: 'throttled' };
    }
    while (this.#busy >= UNRESERVED_CONCURRENCY) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#busy += 1;
    try {
      this.#count('invocations');
      const result = await this.#run(event);
      if (result.outcome === 'failed') this.#count('errors');
      return result;
    } finally {
      this.#busy -= 1;
      this.#line.shift()?.();
    }
  }

  /**
   * Kills every execution environment, in the middle of whatever it does. Its invocation fails, and the next one gets a
   * new environment.
   * @returns how many were alive
   */
  kill(): number {
    return [...this.#all].filter((environment) => environment.kill()).length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((environment) => environment.close()));
  }

  async #run(event: unknown): Promise<InvocationResult> {
    const environment = this.#takeWarm() ?? (await this.#startCold());
    if (!(environment instanceof ExecutionEnvironment)) return environment;
    const result = await environment.invoke(event);
    this.#figures = { ...this.#figures, peakMb: Math.max(this.#figures.peakMb, environment.peakMb) };
    if (environment.usable) this.#warm.push(environment);
    else this.#all.delete(environment);
    return result;
  }

  #takeWarm(): ExecutionEnvironment | undefined {
    for (let next = this.#warm.pop(); next !== undefined; next = this.#warm.pop()) {
      if (next.usable) return next;
      this.#all.delete(next);
    }
    return undefined;
  }

  async #startCold(): Promise<ExecutionEnvironment | InvocationResult> {
    this.#count('coldStarts');
    const environment = new ExecutionEnvironment(this.#options);
    this.#all.add(environment);
    const error = await environment.start();
    if (error === undefined) return environment;
    this.#all.delete(environment);
    return { outcome: 'failed', error };
  }

  #count(figure: Exclude<keyof FunctionFigures, 'peakMb'>): void {
    this.#figures = { ...this.#figures, [figure]: this.#figures[figure] + 1 };
  }
}
