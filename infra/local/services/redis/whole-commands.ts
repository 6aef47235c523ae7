const CR_LF = 2;
const ASTERISK = 0x2a;
const NEW_LINE = 0x0a;

/**
 * Finds where RESP commands end, without reading their arguments. Keeps its place across chunks, so that a command of
 * many megabytes is looked at once.
 */
class CommandBoundaries {
  #argumentsLeft = 0;
  #bytesToSkip = 0;
  #line = '';

  /** How many bytes of `chunk` belong to commands that are complete; 0 when none ends in it. */
  scan(chunk: Buffer): number {
    let end = 0;
    let at = 0;
    while (at < chunk.length) {
      at = this.#bytesToSkip > 0 ? this.#skip(chunk, at) : this.#readLine(chunk, at);
      if (this.#argumentsLeft === 0 && this.#bytesToSkip === 0 && this.#line === '') end = at;
    }
    return end;
  }

  #skip(chunk: Buffer, at: number): number {
    const skipped = Math.min(this.#bytesToSkip, chunk.length - at);
    this.#bytesToSkip -= skipped;
    return at + skipped;
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(NEW_LINE, at);
    this.#line += chunk.toString('latin1', at, end < 0 ? chunk.length : end);
    if (end < 0) return chunk.length;
    const line = this.#line;
    this.#line = '';
    const count = Number.parseInt(line.slice(1), 10);
    if (line.charCodeAt(0) === ASTERISK) {
      this.#argumentsLeft = Math.max(0, count || 0);
    } else if (this.#argumentsLeft > 0) {
      this.#argumentsLeft -= 1;
      this.#bytesToSkip = Math.max(0, count || 0) + CR_LF;
    }
    return end + 1;
  }
}

/**
 * Regroups a connection's bytes so that every chunk holds whole commands. The embedded server's decoder starts over on
 * each chunk, which would make a command of 10 MB, arriving in 64 KB pieces, cost over a gigabyte of copying.
 */
export async function* wholeCommands(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const boundaries = new CommandBoundaries();
  let held: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = boundaries.scan(chunk);
    if (end === 0) {
      held.push(chunk);
      continue;
    }
    yield held.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...held, chunk.subarray(0, end)]);
    held = end < chunk.length ? [chunk.subarray(end)] : [];
  }
  if (held.length > 0) yield Buffer.concat(held);
}
