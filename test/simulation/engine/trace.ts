/** What happened, line by line, as a person reads it, and as one number that two equal histories share. */
export class Trace {
  readonly lines: string[] = [];
  readonly #kept: number;
  #hash = 0x811c9dc5;

  /** @param kept how many of the last lines are kept; with 0 nothing is noted at all */
  constructor(kept: number) {
    this.#kept = kept;
  }

  say(atMs: number, text: string): void {
    if (this.#kept === 0) return;
    const line = `${clockText(atMs)} ${text}`;
    for (let index = 0; index < line.length; index += 1) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193) >>> 0;
    }
    this.lines.push(line);
    if (this.lines.length > this.#kept * 2) this.lines.splice(0, this.lines.length - this.#kept);
  }

  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }
}

/** Virtual time as `+03:25:10.250`. */
export function clockText(atMs: number): string {
  const hours = String(Math.floor(atMs / 3_600_000)).padStart(2, '0');
  const minutes = String(Math.floor(atMs / 60_000) % 60).padStart(2, '0');
  const seconds = ((atMs % 60_000) / 1_000).toFixed(3).padStart(6, '0');
  return `+${hours}:${minutes}:${seconds}`;
}
