import { SeededRandom } from '../../simulators/seeded-random.ts';

/** The one source of chance of a history. Branches are derived from it by name, so that one draws nothing from another. */
export class Chance extends SeededRandom {
  readonly #seed: number;

  constructor(seed: number) {
    super(seed);
    this.#seed = seed;
  }

  branch(name: string): Chance {
    let mixed = this.#seed ^ 0x9e3779b9;
    for (let index = 0; index < name.length; index += 1) {
      mixed = Math.imul(mixed ^ name.charCodeAt(index), 0x01000193) >>> 0;
    }
    return new Chance(mixed);
  }

  /** Whether what happens once in `times` happens now. */
  onceIn(times: number): boolean {
    return this.integer(times) === 0;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.integer(most - least + 1);
  }
}
