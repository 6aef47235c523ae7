import { randomBytes, randomInt } from 'node:crypto';
import type { Randomness } from '../../ports/randomness.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const FRACTION_BITS = 48;

/** Chance from the operating system: ids that nobody can guess. */
export class SystemRandomness implements Randomness {
  fraction(): number {
    return randomBytes(FRACTION_BITS / 8).readUIntBE(0, FRACTION_BITS / 8) / 2 ** FRACTION_BITS;
  }

  token(length: number): string {
    return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  }
}
