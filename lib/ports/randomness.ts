/** All chance in the system: ids and jitter. */
export interface Randomness {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** `length` characters out of `0-9a-z`. */
  token(length: number): string;
}
