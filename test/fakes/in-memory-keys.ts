/** As much of a Redis keyspace as the cache needs: a key that holds nothing does not exist. */
export class InMemoryKeys {
  readonly #hashes = new Map<string, Map<string, string>>();
  readonly #sets = new Map<string, Set<string>>();
  readonly #texts = new Map<string, string>();

  hash(key: string): ReadonlyMap<string, string> {
    return this.#hashes.get(key) ?? new Map();
  }

  set(key: string): ReadonlySet<string> {
    return this.#sets.get(key) ?? new Set();
  }

  text(key: string): string | undefined {
    return this.#texts.get(key);
  }

  setText(key: string, text: string): void {
    this.#texts.set(key, text);
  }

  setField(key: string, field: string, value: string): void {
    const hash = this.#hashes.get(key) ?? new Map<string, string>();
    this.#hashes.set(key, hash.set(field, value));
  }

  /** @returns whether the field was there */
  dropField(key: string, field: string): boolean {
    const hash = this.#hashes.get(key);
    const found = hash?.delete(field) ?? false;
    if (hash?.size === 0) this.#hashes.delete(key);
    return found;
  }

  addMember(key: string, member: string): void {
    const set = this.#sets.get(key) ?? new Set<string>();
    this.#sets.set(key, set.add(member));
  }

  drop(key: string): void {
    this.#hashes.delete(key);
    this.#sets.delete(key);
    this.#texts.delete(key);
  }

  flush(): void {
    for (const key of this.names()) this.drop(key);
  }

  names(): readonly string[] {
    return [...this.#hashes.keys(), ...this.#sets.keys(), ...this.#texts.keys()];
  }
}
