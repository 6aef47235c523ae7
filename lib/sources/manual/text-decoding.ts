import { TextDecoder } from 'node:util';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Looked at to tell the encoding of a file that does not say it. */
const SAMPLE_BYTES = 64;

/**
 * The text of a file as spreadsheets write them: UTF-8, or UTF-16 in either order of bytes, with a mark in front or
 * without. What is no text in that encoding comes out as U+FFFD. Holds one piece at a time.
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let head: Uint8Array = new Uint8Array();
  for await (const piece of bytes) {
    if (decoder === undefined) {
      head = Buffer.concat([head, piece]);
      if (head.length < SAMPLE_BYTES) continue;
      decoder = new TextDecoder(encodingOf(head));
      yield decoder.decode(head, { stream: true });
    } else yield decoder.decode(piece, { stream: true });
  }
  if (decoder !== undefined) yield decoder.decode();
  else yield new TextDecoder(encodingOf(head)).decode(head);
}

function encodingOf(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const sample = head.subarray(0, SAMPLE_BYTES);
  const zeros = (offset: number) => sample.filter((byte, index) => byte === 0 && index % 2 === offset).length;
  // The titles of columns are mostly ASCII: every second byte of theirs is zero.
  const [even, odd] = [zeros(0), zeros(1)];
  if (Math.max(even, odd) * 4 < sample.length) return 'utf-8';
  return even > odd ? 'utf-16be' : 'utf-16le';
}
