/** A RESP2 reply. Integers keep their digits: 64 bits do not fit a JavaScript number. */
export type RespReply =
  | { readonly type: 'null' }
  | { readonly type: 'simple'; readonly text: string }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'integer'; readonly digits: string }
  | { readonly type: 'bulk'; readonly bytes: Buffer }
  | { readonly type: 'array'; readonly items: readonly RespReply[] };

interface OpenArray {
  readonly items: RespReply[];
  readonly length: number;
}

const NULL: RespReply = { type: 'null' };

/**
 * Reads RESP2 replies from chunks cut anywhere. Every byte is copied at most a constant number of times and an array is
 * resumed where it stopped, so a reply of many megabytes costs time in proportion to its size.
 */
export class RespParser {
  #pieces: Buffer[] = [];
  #bytesHeld = 0;
  /** Bytes that must be there before another attempt is worthwhile. */
  #bytesNeeded = 1;
  readonly #open: OpenArray[] = [];

  /**
   * The replies that `chunk` completes.
   * @throws Error when the bytes are not RESP2; the connection is of no use then
   */
  push(chunk: Buffer): RespReply[] {
    this.#pieces.push(chunk);
    this.#bytesHeld += chunk.length;
    if (this.#bytesHeld < this.#bytesNeeded) return [];
    const buffer = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces, this.#bytesHeld);
    const replies: RespReply[] = [];
    const end = this.#readAll(buffer, replies);
    this.#pieces = end < buffer.length ? [buffer.subarray(end)] : [];
    this.#bytesHeld = buffer.length - end;
    return replies;
  }

  #readAll(buffer: Buffer, replies: RespReply[]): number {
    let at = 0;
    this.#bytesNeeded = 1;
    while (at < buffer.length) {
      const lineEnd = buffer.indexOf('\r\n', at);
      if (lineEnd < 0) {
        this.#bytesNeeded = buffer.length - at + 1;
        return at;
      }
      const line = buffer.toString('utf8', at + 1, lineEnd);
      const next = this.#readOne(buffer, at, line, lineEnd + 2, replies);
      if (next === undefined) return at;
      at = next;
    }
    return at;
  }

  /** Reads the element at `at` and answers where the next begins; `undefined` when its bytes are not all there. */
  #readOne(buffer: Buffer, at: number, line: string, body: number, replies: RespReply[]): number | undefined {
    switch (String.fromCharCode(buffer[at] ?? 0)) {
      case '+':
        return this.#deliver({ type: 'simple', text: line }, body, replies);
      case '-':
        return this.#deliver({ type: 'error', message: line }, body, replies);
      case ':':
        return this.#deliver({ type: 'integer', digits: lengthOrDigits(line).toString() }, body, replies);
      case '$':
        return this.#readBulk(buffer, at, Number(lengthOrDigits(line)), body, replies);
      case '*':
        return this.#readArrayHeader(Number(lengthOrDigits(line)), body, replies);
      default:
        throw new Error('the server answered with something that is not RESP2');
    }
  }

  #readBulk(buffer: Buffer, at: number, length: number, body: number, replies: RespReply[]): number | undefined {
    if (length < 0) return this.#deliver(NULL, body, replies);
    const end = body + length;
    if (buffer.length < end + 2) {
      this.#bytesNeeded = end + 2 - at;
      return undefined;
    }
    return this.#deliver({ type: 'bulk', bytes: buffer.subarray(body, end) }, end + 2, replies);
  }

  #readArrayHeader(length: number, body: number, replies: RespReply[]): number {
    if (length < 0) return this.#deliver(NULL, body, replies);
    if (length === 0) return this.#deliver({ type: 'array', items: [] }, body, replies);
    this.#open.push({ items: [], length });
    return body;
  }

  /** Puts a finished element where it belongs, closing every array it completes. */
  #deliver(element: RespReply, next: number, replies: RespReply[]): number {
    let finished = element;
    for (let array = this.#open.at(-1); array !== undefined; array = this.#open.at(-1)) {
      array.items.push(finished);
      if (array.items.length < array.length) return next;
      this.#open.pop();
      finished = { type: 'array', items: array.items };
    }
    replies.push(finished);
    return next;
  }
}

function lengthOrDigits(line: string): bigint {
  if (!/^[+-]?\d+$/.test(line)) throw new Error('the server answered with something that is not RESP2');
  return BigInt(line);
}
