import type { Randomness } from '../../lib/ports/randomness.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Chance that repeats: the same seed gives the same sequence (mulberry32). */
export class SeededRandomness implements Randomness {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  token(length: number): string {
    return Array.from({ length }, () => ALPHABET.charAt(Math.floor(this.fraction() * ALPHABET.length))).join('');
  }
}
