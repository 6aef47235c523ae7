/** Repeatable chance: the same seed gives the same sequence on every machine. Not for secrets. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, below). */
  integer(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** @throws RangeError when the list is empty */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.integer(list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  /** `count` different elements in list order, or all when there are fewer. */
  sample<T>(list: readonly T[], count: number): T[] {
    const places = new Set<number>();
    while (places.size < Math.min(count, list.length)) places.add(this.integer(list.length));
    return list.filter((_, place) => places.has(place));
  }

  digits(length: number): string {
    return Array.from({ length }, () => String(this.integer(10))).join('');
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.integer(16).toString(16)).join('');
  }
}
