const [FIRST_SLOTS, WIDTH] = [1 << 12, 4] as const;

/** An earlier row with the same key. */
export interface EarlierRow {
  readonly row: number;
  readonly sameContent: boolean;
}

/**
 * Which keys a file has had so far: 16 bytes a slot, twice to four times as many slots as rows. Keys are compared by 64
 * bits of their hash: among a million rows, two are taken for one in one file of forty million.
 */
export class RowsSeen {
  #slots = new Uint32Array(FIRST_SLOTS * WIDTH);
  #rows = 0;

  /**
   * Remembers a row, unless its key was there before. @returns the row that it was there in
   * @param id hexadecimal, evenly distributed
   * @param content 32 bits that stand for the content
   */
  add(id: string, content: number, row: number): EarlierRow | undefined {
    if ((this.#rows + 1) * 2 * WIDTH > this.#slots.length) this.#grow();
    const [high, low] = [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8, 16), 16)];
    const at = this.#find(this.#slots, high, low);
    const earlier = this.#slots[at + 2] ?? 0;
    if (earlier > 0) return { row: earlier, sameContent: this.#slots[at + 3] === content >>> 0 };
    this.#slots.set([high, low, row, content], at);
    this.#rows += 1;
    return undefined;
  }

  /** Where the key stands, or would. Rows are counted from 1: a slot whose row is 0 is free. */
  #find(slots: Uint32Array, high: number, low: number): number {
    const count = slots.length / WIDTH;
    for (let slot = low % count; ; slot = (slot + 1) % count) {
      const at = slot * WIDTH;
      if (slots[at + 2] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += WIDTH) {
      if (this.#slots[at + 2] === 0) continue;
      const entry = this.#slots.subarray(at, at + WIDTH);
      larger.set(entry, this.#find(larger, entry[0] ?? 0, entry[1] ?? 0));
    }
    this.#slots = larger;
  }
}
