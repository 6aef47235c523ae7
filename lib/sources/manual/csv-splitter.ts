import { ImportFailure } from '../../ports/imports.ts';

/** One row of a table, as it stands in the file. */
export interface CsvRow {
  /** Counted as spreadsheets count: the titles are row 1, and empty rows count. */
  readonly row: number;
  readonly fields: readonly string[];
  /** A quote stands where none may, or text follows a closing quote. */
  readonly malformed: boolean;
}

/** Characters of a row. Above it, a quote was left open, and the rest of the file would be taken for one field. */
const MAX_ROW_LENGTH = 65_536;

const [QUOTE, CR, LF] = ['"', '\r', '\n'] as const;

/**
 * Splits text into rows and fields by RFC 4180, piece by piece, whatever ends the rows, and spaces around quotes. What is wrong with a quote
 * spoils its own row and no other, except a quote that is never closed: nobody can tell what follows it.
 */
export class CsvSplitter {
  readonly #delimiter: string;
  #row = 1;
  #fields: string[] = [];
  #field = '';
  #length = 0;
  #state: 'start' | 'plain' | 'quoted' | 'quote' = 'start';
  #malformed = false;
  #afterCr = false;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** The rows that a piece of text completes. @throws ImportFailure when a row never ends */
  *push(text: string): Generator<CsvRow> {
    let at = 0;
    while (at < text.length) {
      const char = text.charAt(at);
      if (this.#afterCr) {
        this.#afterCr = false;
        if (char === LF) {
          at += 1;
          continue;
        }
      }
      if (this.#state === 'quoted') at = this.#takeQuoted(text, at);
      else if (char === this.#delimiter) {
        this.#endField();
        at += 1;
      } else if (char === CR || char === LF) {
        this.#afterCr = char === CR;
        yield this.#endRow();
        at += 1;
      } else at = this.#takeUnquoted(text, at);
    }
  }

  /** The last row, if no line break ended it. @throws ImportFailure when a quote is still open */
  *end(): Generator<CsvRow> {
    if (this.#state === 'quoted') throw this.#neverEnds();
    if (this.#state !== 'start' || this.#fields.length > 0) yield this.#endRow();
  }

  /** Up to the next quote, which closes the field unless another follows. @returns where to go on */
  #takeQuoted(text: string, at: number): number {
    const quote = text.indexOf(QUOTE, at);
    this.#take(text, at, quote === -1 ? text.length : quote);
    if (quote === -1) return text.length;
    this.#state = 'quote';
    return quote + 1;
  }

  #takeUnquoted(text: string, at: number): number {
    if (text.charAt(at) === QUOTE) return this.#takeQuote(at);
    if (this.#state === 'quote') {
      if (text.charAt(at) === ' ') return at + 1;
      this.#malformed = true;
    }
    this.#state = 'plain';
    let end = at + 1;
    while (end < text.length && !this.#ends(text.charAt(end))) end += 1;
    this.#take(text, at, end);
    return end;
  }

  #takeQuote(at: number): number {
    if (this.#state === 'plain') {
      if (this.#field.trim() !== '') {
        this.#malformed = true;
        return at + 1;
      }
      this.#field = '';
    }
    // The second of two stands for one.
    if (this.#state === 'quote') this.#field += QUOTE;
    this.#state = 'quoted';
    return at + 1;
  }

  #ends(char: string): boolean {
    return char === this.#delimiter || char === CR || char === LF || char === QUOTE;
  }

  #take(text: string, from: number, to: number): void {
    this.#length += to - from;
    if (this.#length > MAX_ROW_LENGTH) throw this.#neverEnds();
    this.#field += text.slice(from, to);
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = '';
    this.#state = 'start';
  }

  #endRow(): CsvRow {
    this.#endField();
    const ended = { row: this.#row, fields: this.#fields, malformed: this.#malformed };
    this.#row += 1;
    this.#fields = [];
    this.#length = 0;
    this.#malformed = false;
    return ended;
  }

  #neverEnds(): ImportFailure {
    const expected = `a row of at most ${MAX_ROW_LENGTH} characters: is a quote in it left open?`;
    return new ImportFailure('row-never-ends', { row: this.#row, column: '', expected });
  }
}
