import type { FunctionDefinition } from './function-definition.ts';
import { FunctionPool, type FunctionPoolOptions } from './function-pool.ts';

/** All functions of the templates. */
export class FunctionPools {
  readonly #pools: readonly FunctionPool[];

  constructor(definitions: readonly FunctionDefinition[], options: Omit<FunctionPoolOptions, 'definition'>) {
    this.#pools = definitions.map((definition) => new FunctionPool({ ...options, definition }));
  }

  get all(): readonly FunctionPool[] {
    return this.#pools;
  }

  /**
   * @param name ARN, name, or what the logical id begins with in any case
   * @throws Error when that is not one function
   */
  get(name: string): FunctionPool {
    const exact = this.#pools.filter(({ definition }) => [definition.arn, definition.name].includes(name));
    const wanted = name.toLowerCase();
    const similar = this.#pools.filter(({ definition }) => definition.logicalId.toLowerCase().startsWith(wanted));
    const [pool, ...others] = exact.length > 0 ? exact : similar;
    if (pool !== undefined && others.length === 0) return pool;
    const known = this.#pools.map(({ definition }) => definition.logicalId).join(', ');
    throw new Error(`"${name}" is not one function of ${known}`);
  }

  /** Kills the execution environments of one function, named as for `get`, or of all. @returns how many were alive */
  kill(name?: string): number {
    const killed = name === undefined ? this.#pools : [this.get(name)];
    return killed.reduce((sum, pool) => sum + pool.kill(), 0);
  }

  get inFlight(): number {
    return this.#pools.reduce((sum, pool) => sum + pool.inFlight, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }
}
