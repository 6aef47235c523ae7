/** Counts by name, for the figures the host prints and the tests that hold them to a budget. */
export class Counters {
  readonly #counts = new Map<string, number>();

  add(name: string, amount = 1): void {
    this.#counts.set(name, this.of(name) + amount);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  total(): number {
    return this.#counts.values().reduce((sum, count) => sum + count, 0);
  }

  /** A copy, sorted by name. */
  snapshot(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
