import { Failure } from '../domain/failure.ts';
import type { SourceRecord } from '../domain/record.ts';
import type { Connection } from './connections.ts';

/** What is wrong with one row of a file. Holds no value of it. */
export interface RowProblem {
  /** Counted as spreadsheets count: the titles are row 1. */
  readonly row: number;
  /** Its title in the file, or what the column is for where the file has none; empty for the row as a whole. */
  readonly column: string;
  /** What the row should have there. */
  readonly expected: string;
}

export type ImportedRow =
  | { readonly row: number; readonly outcome: 'record'; readonly record: SourceRecord }
  /** The same as an earlier row of the file, to the letter. */
  | { readonly row: number; readonly outcome: 'repeated' }
  | { readonly row: number; readonly outcome: 'rejected'; readonly problems: readonly RowProblem[] };

/** How a source kind reads the files that people bring for its streams of coverage `import`. */
export interface ImportReader {
  /** The source kind it is for. */
  readonly kind: string;
  /**
   * The rows of a file, always the same for the same bytes and settings. Needs memory for the keys of the rows, never
   * for their contents.
   * @throws ImportFailure at the row where the file turns out to be none that can be read
   */
  read(connection: Connection, stream: string, bytes: AsyncIterable<Uint8Array>): AsyncIterable<ImportedRow>;
}

export type ImportFailureCode =
  /** Columns that are needed are not in the file, or are there twice. */
  | 'bad-titles'
  /** A quote is never closed, or the row is far too long. */
  | 'row-never-ends'
  | 'too-many-rows'
  /** Nothing was uploaded, or it has expired. */
  | 'file-missing'
  /** Another file stands where it was begun with. */
  | 'file-changed';

/** The file cannot be read as a whole: a person must bring another. */
export class ImportFailure extends Failure {
  declare readonly code: ImportFailureCode;
  readonly problem: RowProblem | undefined;

  constructor(code: ImportFailureCode, problem?: RowProblem) {
    super(problem?.expected ?? code, { code, retryable: false });
    this.problem = problem;
  }
}
