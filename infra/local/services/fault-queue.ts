interface Repeated {
  /** How many requests it befalls. @default 1 */
  readonly count?: number;
}

/** Faults that tests order in advance; each befalls the next requests it applies to. */
export class FaultQueue<Fault extends Repeated> {
  readonly #waiting: { readonly fault: Fault; left: number }[] = [];

  /** Orders a fault. Several wait in line; the first that applies is used up first. */
  next(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.count ?? 1 });
  }

  take<Applicable extends Fault>(applies: (fault: Fault) => fault is Applicable): Applicable | undefined;
  take(applies: (fault: Fault) => boolean): Fault | undefined;
  take(applies: (fault: Fault) => boolean): Fault | undefined {
    const index = this.#waiting.findIndex(({ fault }) => applies(fault));
    const entry = this.#waiting[index];
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#waiting.splice(index, 1);
    return entry.fault;
  }

  /** Faults that have not befallen anything yet. */
  get left(): number {
    return this.#waiting.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
