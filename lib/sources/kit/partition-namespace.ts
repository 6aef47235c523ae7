/** Translates between a source's own partition ids and the stored ones, `{namespace}~{id}` where a connection sets one. */
export class PartitionNamespace {
  readonly #prefix: string;

  constructor(namespace: string | undefined) {
    this.#prefix = namespace === undefined ? '' : `${namespace}~`;
  }

  /** The stored id of a partition the source names. */
  stored(sourceId: string): string {
    return this.#prefix + sourceId;
  }

  /** The source's own id; `undefined` when the stored one is of another namespace. */
  own(storedId: string): string | undefined {
    return storedId.startsWith(this.#prefix) ? storedId.slice(this.#prefix.length) : undefined;
  }
}
