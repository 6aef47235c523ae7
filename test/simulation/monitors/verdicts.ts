/** A property that did not hold. */
export interface Violation {
  /** Number of the invariant, or what else was expected: `I3`, `liveness`, `exclusion`. */
  readonly property: string;
  readonly detail: string;
  readonly atMs: number;
}

/** Keeps the first violation, and says at once that there is one. */
export class Verdicts {
  first: Violation | undefined;
  readonly #now: () => number;
  readonly #found: () => void;

  constructor(now: () => number, found: () => void) {
    this.#now = now;
    this.#found = found;
  }

  report(property: string, detail: string): void {
    if (this.first !== undefined) return;
    this.first = { property, detail, atMs: this.#now() };
    this.#found();
  }
}
