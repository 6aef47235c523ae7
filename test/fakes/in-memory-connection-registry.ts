import type { ConnectionRegistry, KnownConnection } from '../../lib/ports/connection-registry.ts';

/** Instances that share `connections` behave like processes that share a table. */
export class InMemoryConnectionRegistry implements ConnectionRegistry {
  readonly #connections: Map<string, KnownConnection>;

  constructor(connections: Map<string, KnownConnection> = new Map()) {
    this.#connections = connections;
  }

  /** Another process on the same table. */
  another(): InMemoryConnectionRegistry {
    return new InMemoryConnectionRegistry(this.#connections);
  }

  async list(): Promise<readonly KnownConnection[]> {
    return [...this.#connections.values()].toSorted((a, b) => (a.connection < b.connection ? -1 : 1));
  }

  async remember(connection: KnownConnection): Promise<void> {
    this.#connections.set(connection.connection, connection);
  }

  async forget(connection: string): Promise<void> {
    this.#connections.delete(connection);
  }
}
