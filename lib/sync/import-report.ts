import { csvLine } from '../domain/csv-text.ts';
import type { RowProblem } from '../ports/imports.ts';

/** Problems that are listed: some five megabytes. Who has more has one problem, many times. */
const MOST_LISTED = 50_000;

/** For spreadsheets, which take a file without it for one of another encoding. */
const BYTE_ORDER_MARK = '\ufeff';

/** What is wrong with the rows of one file: where, and what is expected there; nothing of what they hold. */
export class ImportReport {
  readonly #lines: string[] = [];
  #unlisted = 0;

  add(problems: readonly RowProblem[]): void {
    for (const { row, column, expected } of problems) {
      if (this.#lines.length >= MOST_LISTED) this.#unlisted += 1;
      else this.#lines.push(csvLine([String(row), column, expected]));
    }
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** As CSV, in the order of the rows. */
  text(): string {
    const rest = this.#unlisted === 0 ? '' : csvLine(['', '', `${this.#unlisted} more problems are not listed`]);
    return [BYTE_ORDER_MARK, csvLine(['row', 'column', 'expected']), ...this.#lines, rest].join('');
  }
}
