import type { SyncPorts } from '../../lib/sync/sync-context.ts';

/** Ports whose calls leave traces outside the worker. */
const OUTSIDE = ['partitions', 'streams', 'runs', 'quarantine', 'plans', 'deletions', 'cache', 'queue'] as const;

/** A worker that dies at one of its calls, before that takes effect or after, and does nothing from then on. */
export class DyingWorker {
  /** Calls made so far, the one it died at included. */
  calls = 0;
  readonly #diesAt: number;
  readonly #when: 'before' | 'after';

  constructor(diesAt = Number.POSITIVE_INFINITY, when: 'before' | 'after' = 'before') {
    this.#diesAt = diesAt;
    this.#when = when;
  }

  ports(ports: SyncPorts): Partial<SyncPorts> {
    return Object.fromEntries(OUTSIDE.map((name) => [name, this.#watch(ports[name])]));
  }

  #watch<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...args: readonly unknown[]): Promise<unknown> =>
          this.#call(async () => Reflect.apply(member, target, args));
      },
    });
  }

  async #call(action: () => Promise<unknown>): Promise<unknown> {
    if (this.calls < this.#diesAt) this.calls += 1;
    else throw new Error('it is dead');
    if (this.calls < this.#diesAt) return action();
    if (this.#when === 'after') await action();
    throw new Error('it dies');
  }
}
