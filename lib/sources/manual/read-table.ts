import { type CsvRow, CsvSplitter } from './csv-splitter.ts';
import { decodeText } from './text-decoding.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** By when the row of titles must have ended. */
const MOST_TITLES = 65_536;

/** A first line that some spreadsheets write, and read, to say what separates the fields. */
const TOLD = /^sep=(.)(?:\r\n|\r|\n|$)/i;

/** The rows of a table in a file, in any usual spelling of CSV. Holds one piece of the file at a time. */
export async function* readTable(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRow> {
  let splitter: CsvSplitter | undefined;
  let head = '';
  for await (const text of decodeText(bytes)) {
    if (splitter !== undefined) {
      yield* splitter.push(text);
      continue;
    }
    head += text;
    if (!/[\r\n]./s.test(head) && head.length < MOST_TITLES) continue;
    splitter = splitterFor(head);
    yield* splitter.push(withoutTold(head));
  }
  if (splitter === undefined) {
    splitter = splitterFor(head);
    yield* splitter.push(withoutTold(head));
  }
  yield* splitter.end();
}

/** What separates the titles: whatever of the known stands between them most often. */
function splitterFor(head: string): CsvSplitter {
  const told = TOLD.exec(head)?.[1];
  if (told !== undefined) return new CsvSplitter(told);
  const titles = (/^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(head)?.[0] ?? '').replace(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: titles.split(delimiter).length }));
  const [most = { delimiter: ',' }] = counts.toSorted((a, b) => b.count - a.count);
  return new CsvSplitter(most.delimiter);
}

/** The line that tells it stays a row, an empty one, so that rows are counted as they are in the file. */
function withoutTold(head: string): string {
  return head.replace(TOLD, (line) => line.slice('sep=,'.length));
}
