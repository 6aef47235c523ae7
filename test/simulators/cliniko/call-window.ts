const MINUTE_MS = 60_000;

/** Calls of a minute, which begins with the first of them. A refused call counts for nothing. */
export class CallWindow {
  perMinute: number;
  #beganMs = Number.NEGATIVE_INFINITY;
  #calls = 0;

  constructor(perMinute: number) {
    this.perMinute = perMinute;
  }

  /** @returns how long until calls are admitted again; `undefined` when this one is */
  admit(nowMs: number): number | undefined {
    if (nowMs >= this.#beganMs + MINUTE_MS) {
      this.#beganMs = nowMs;
      this.#calls = 0;
    }
    if (this.#calls >= this.perMinute) return this.#beganMs + MINUTE_MS - nowMs;
    this.#calls += 1;
    return undefined;
  }
}
