import { contentHash } from '../../domain/record.ts';
import type { Connection } from '../../ports/connections.ts';
import { type ImportedRow, ImportFailure, type ImportReader } from '../../ports/imports.ts';
import { PartitionNamespace } from '../kit/partition-namespace.ts';
import type { CsvRow } from './csv-splitter.ts';
import { type FieldProblem, LeadReader } from './lead-reader.ts';
import { readTable } from './read-table.ts';
import { RowsSeen } from './rows-seen.ts';
import { isManualStream, type ManualStream } from './settings.ts';
import { readTitles } from './titles.ts';
import { settingsOf } from './valid-settings.ts';

/** The keys of so many rows take 64 MB. */
const MOST_ROWS = 1_000_000;

/** Reads files of walk-ins and losses of sale: CSV as spreadsheets write it, with a row of titles. */
export const manualImports: ImportReader = {
  kind: 'manual',

  async *read(connection, stream, bytes) {
    if (!isManualStream(stream)) throw new RangeError(`${stream} is no stream of a manual connection`);
    let file: LeadFile | undefined;
    for await (const row of readTable(bytes)) {
      if (row.fields.every((field) => field.trim() === '')) continue;
      if (file === undefined) file = new LeadFile(connection, stream, row);
      else yield file.read(row);
    }
    // A file with nothing in it has no titles either.
    if (file === undefined) readTitles([], { columns: {} });
  },
};

/** One file, its titles read. */
class LeadFile {
  readonly #leads: LeadReader;
  readonly #seen = new RowsSeen();
  #rows = 0;

  constructor(connection: Connection, stream: ManualStream, titles: CsvRow) {
    const settings = settingsOf(connection);
    const columns = readTitles(titles.fields, settings.streams[stream] ?? { columns: {} });
    this.#leads = new LeadReader(stream, settings, new PartitionNamespace(connection.namespace), columns);
  }

  read({ row, fields, malformed }: CsvRow): ImportedRow {
    this.#rows += 1;
    if (this.#rows > MOST_ROWS) {
      throw new ImportFailure('too-many-rows', {
        row,
        column: '',
        expected: `at most ${MOST_ROWS} rows: split the file`,
      });
    }
    if (malformed) return rejected(row, [['', 'quotes around whole fields, those inside written twice']]);
    const lead = this.#leads.read(fields);
    if (lead.outcome === 'rejected') return rejected(row, lead.problems);
    const { record } = lead;
    const content = Number.parseInt(contentHash(record.body).slice(0, 8), 16);
    const earlier = this.#seen.add(record.id, content, row);
    if (earlier === undefined) return { row, outcome: 'record', record };
    if (earlier.sameContent) return { row, outcome: 'repeated' };
    const same = 'the same phone, name, store, lead type and date';
    return rejected(row, [['', `one row for ${same}: row ${earlier.row} has them too, and differs in the rest`]]);
  }
}

function rejected(row: number, problems: readonly FieldProblem[]): ImportedRow {
  return { row, outcome: 'rejected', problems: problems.map(([column, expected]) => ({ row, column, expected })) };
}
