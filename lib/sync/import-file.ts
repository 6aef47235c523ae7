import { addLedgers, EMPTY_LEDGER, type Ledger, outcomeOf, type RunEnd } from '../domain/ledger.ts';
import { importItem, partitionKey, WHOLE_STREAM } from '../domain/names.ts';
import type { FullCheckpoint } from '../domain/partition.ts';
import type { Run } from '../domain/run.ts';
import type { ImportTask } from '../domain/task.ts';
import type { ImportFiles, UploadedFile } from '../ports/import-files.ts';
import { type ImportedRow, ImportFailure, type ImportReader } from '../ports/imports.ts';
import type { Held } from '../ports/partition-store.ts';
import { SourceFailure } from '../ports/source.ts';
import type { Sources } from '../ports/sources.ts';
import { recordRun } from './end-run.ts';
import { importPage } from './import-page.ts';
import { ImportReport } from './import-report.ts';
import { release } from './release.ts';
import type { Verdict } from './run-task.ts';
import { hasTimeLeft, type Slice, type StreamContext, type SyncPorts } from './sync-context.ts';
import { withLease } from './with-lease.ts';

/** What imports need besides the ports of syncing. */
export interface ImportTools {
  readonly files: ImportFiles;
  readonly readers: readonly ImportReader[];
  /** Rows that one step applies: a request to the cache for each partition among them. @default 2000 */
  readonly rowsPerPage?: number;
}

const ROWS_PER_PAGE = 2_000;

const BUSY_DELAY_MS = 15_000;

const DONE: Verdict = { verdict: 'done' };

/**
 * Applies the rows of a file that somebody has brought, page by page, as long as the slice lasts; the rest goes on in
 * another message. Each page ends in a checkpoint, so a crash repeats one page at the most, and repeating a page writes
 * nothing. Every slice reads the file from its beginning: that a key was there before is not kept anywhere else.
 * @throws whatever made a step fail for a reason that may pass
 */
export async function importFile(
  ports: SyncPorts,
  sources: Sources,
  tools: ImportTools,
  task: ImportTask,
  slice: Slice,
): Promise<Verdict> {
  const context = await openContext(ports, sources, task, slice);
  const reader = tools.readers.find(({ kind }) => kind === context?.connection.connection.source);
  if (context === undefined || reader === undefined) {
    ports.telemetry.log('warn', 'import dropped: its connection or stream is not there', { run: task.run });
    return DONE;
  }
  const progress = await new ImportSlice(context, { ...tools, reader }, task).advance();
  if (progress === 'ended') return DONE;
  const delay = progress === 'busy' ? { delayMs: BUSY_DELAY_MS } : {};
  const unsent = await ports.queue.send([{ task, lane: 'imports', ...delay }]);
  return unsent.length === 0 ? DONE : { verdict: 'failed', code: 'queue-unavailable' };
}

async function openContext(
  ports: SyncPorts,
  sources: Sources,
  task: ImportTask,
  slice: Slice,
): Promise<StreamContext | undefined> {
  const { open } = await sources.list();
  const connection = open.find(({ connection: { id, enabled } }) => id === task.connection && enabled);
  const stream = connection?.streams.find(({ name, coverage }) => name === task.stream && coverage === 'import');
  if (connection === undefined || stream === undefined) return undefined;
  return { ...ports, connection, stream, source: connection.source('force'), slice };
}

/** `more`: its time was over first. */
type Progress = 'ended' | 'more' | 'busy';

interface Position {
  /** Of the last row that was applied. */
  readonly row: number;
  readonly file: string;
}

interface SliceTools extends Pick<ImportTools, 'files' | 'rowsPerPage'> {
  readonly reader: ImportReader;
}

/** One invocation's share of an import. */
class ImportSlice {
  readonly #context: StreamContext;
  readonly #tools: SliceTools;
  readonly #task: ImportTask;
  readonly #report = new ImportReport();

  constructor(context: StreamContext, tools: SliceTools, task: ImportTask) {
    this.#context = context;
    this.#tools = tools;
    this.#task = task;
  }

  async advance(): Promise<Progress> {
    try {
      const file = await this.#tools.files.open(this.#task);
      if (file === undefined) throw new ImportFailure('file-missing');
      const begun = await this.#step((held) => this.#begin(held, file.version));
      return typeof begun === 'object' ? await this.#read(file, begun) : begun;
    } catch (error) {
      if (!(error instanceof ImportFailure)) throw error;
      if (error.problem !== undefined) this.#report.add([error.problem]);
      return this.#step((held) => this.#end(held, error));
    }
  }

  async #read(file: UploadedFile, begun: Position): Promise<Progress> {
    const { connection, stream } = this.#context;
    const { reader, rowsPerPage = ROWS_PER_PAGE } = this.#tools;
    let position = begun;
    let rows: ImportedRow[] = [];
    for await (const row of reader.read(connection.connection, stream.name, file.bytes)) {
      if (row.outcome === 'rejected') this.#report.add(row.problems);
      if (row.row <= begun.row) continue;
      rows.push(row);
      if (rows.length < rowsPerPage) continue;
      const next = await this.#apply(position, rows);
      if (typeof next !== 'object') return next;
      if (!hasTimeLeft(this.#context.slice)) return 'more';
      position = next;
      rows = [];
    }
    if (rows.length > 0) {
      const next = await this.#apply(position, rows);
      if (typeof next !== 'object') return next;
    }
    return this.#step((held) => this.#end(held));
  }

  /**
   * Runs under the lease of the import's own item, under which alone its run is told of. One that has ended is left as it
   * was told; one that somebody no longer wants ends here.
   */
  async #step<T>(body: (held: Held) => Promise<T | Progress>): Promise<T | Progress> {
    const { runs } = this.#context;
    const { connection, run } = this.#task;
    const leased = await withLease(this.#context, partitionKey(this.#task, importItem(run)), async (held) => {
      if ((await runs.find(run, [connection]))?.state === 'ended') {
        await this.#context.partitions.remove(held);
        return 'ended';
      }
      return held.state.cancel === run ? this.#end(held, 'cancelled') : body(held);
    });
    return leased.outcome === 'busy' ? 'busy' : leased.value;
  }

  /** Where the import stands. One order of reading holds for all of it: of two imports, the one begun later wins. */
  async #begin(held: Held, file: string): Promise<Position | Progress> {
    const { full } = held.state;
    if (full !== undefined) {
      await release(this.#context, held);
      const position = positionOf(full);
      if (position.file !== file) throw new ImportFailure('file-changed');
      return position;
    }
    const position = { row: 0, file };
    const checkpoint: FullCheckpoint = {
      run: this.#task.run,
      cursor: cursorOf(position),
      startOrder: await this.#order(),
      startedAt: this.#context.clock.now(),
      ledger: EMPTY_LEDGER,
      phase: 'read',
    };
    await this.#record({ state: 'running', ledger: EMPTY_LEDGER });
    const committed = await this.#context.partitions.commit(held, { full: checkpoint });
    return committed.outcome === 'fenced' ? 'busy' : position;
  }

  /** A dry run takes the place of the next call, and uses none. @throws SourceFailure when no call is to be had now */
  async #order(): Promise<number> {
    const { budget, connection } = this.#context;
    const { id } = connection.connection;
    if (this.#task.dryRun) return (await budget.read(id)).calls + 1;
    const grant = await budget.reserve(id, connection.limits, 'force');
    if (grant.outcome === 'granted') return grant.order;
    throw new SourceFailure('source-rate-limited', 'no place in the order of reading is free', {
      retryAt: grant.retryAt,
    });
  }

  async #apply(from: Position, rows: readonly ImportedRow[]): Promise<Position | Progress> {
    return this.#step(async (held) => {
      const { full } = held.state;
      // Whoever holds a later message of the same import has gone on with it.
      if (full === undefined || cursorOf(from) !== full.cursor) {
        await release(this.#context, held);
        return 'busy';
      }
      const { startOrder: order = 0, startedAt: asOf = this.#context.clock.now() } = full;
      const stream = { connection: this.#task.connection, stream: this.#task.stream };
      const applied = await importPage(this.#context, { stream, rows, order, asOf }, this.#task.dryRun ?? false);
      if (applied === 'busy') {
        await release(this.#context, held);
        return 'busy';
      }
      const next = { ...from, row: rows.at(-1)?.row ?? from.row };
      const ledger = addLedgers(full.ledger, applied);
      await this.#record({ state: 'running', ledger });
      const checkpoint = { ...full, cursor: cursorOf(next), ledger };
      const committed = await this.#context.partitions.commit(held, { full: checkpoint });
      return committed.outcome === 'fenced' ? 'busy' : next;
    });
  }

  /** Tells how it ended, and forgets where it stood. In this order: whoever dies in between repeats the telling. */
  async #end(held: Held, stop?: ImportFailure | 'cancelled'): Promise<Progress> {
    const ledger = held.state.full?.ledger ?? EMPTY_LEDGER;
    const outcome = outcomeOf(ledger, endOf(stop));
    if (!this.#report.isEmpty) await this.#tools.files.putErrors(this.#task, this.#report.text());
    const error = stop instanceof ImportFailure ? { error: stop.code } : {};
    await this.#record({ state: 'ended', outcome, ledger, ...error });
    await this.#context.partitions.remove(held);
    this.#tell(outcome, ledger);
    return 'ended';
  }

  #tell(outcome: string, ledger: Ledger): void {
    const { connection, stream, run, dryRun = false } = this.#task;
    const { telemetry } = this.#context;
    telemetry.metric(outcome === 'failed' ? 'RunsFailed' : 'RunsSucceeded', 1, { connection, stream });
    const level = outcome === 'succeeded' ? 'info' : 'warn';
    telemetry.log(level, 'import ended', { connection, stream, run, outcome, dryRun, ...ledger });
  }

  async #record(patch: Partial<Run> & Pick<Run, 'state' | 'ledger'>): Promise<void> {
    const { run, dryRun } = this.#task;
    const base = { task: 'import', trigger: 'force', partition: WHOLE_STREAM } as const;
    await recordRun(this.#context, run, base, { ...patch, ...(dryRun === undefined ? {} : { dryRun }) });
  }
}

function endOf(stop: ImportFailure | 'cancelled' | undefined): RunEnd {
  if (stop === undefined) return { complete: true, heldDeletions: 0 };
  return { complete: false, heldDeletions: 0, stoppedBy: stop === 'cancelled' ? 'cancelled' : 'error' };
}

function cursorOf({ row, file }: Position): string {
  return `${row} ${file}`;
}

function positionOf({ cursor = '' }: FullCheckpoint): Position {
  const space = cursor.indexOf(' ');
  return { row: Number(cursor.slice(0, space)), file: cursor.slice(space + 1) };
}
