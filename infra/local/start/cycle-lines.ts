import type { FunctionLog } from '../lambda/environment.ts';
import { addChanges, CHANGES, changesOf, NO_CHANGES } from './changes.ts';
import { thousands } from './costs.ts';
import { type Changes, type FunctionLine, type Metrics, readFunctionLine } from './function-lines.ts';
import { clockTime, painted, type Screen } from './screen.ts';

interface Tally {
  added: number;
  updated: number;
  removed: number;
  ageSeconds: number | undefined;
  /** Partitions whose part of the cycle has been carried out. */
  done: number;
  cycle: { readonly records: number; readonly partitions: number; readonly timer: NodeJS.Timeout } | undefined;
  /** Partitions that were asked by themselves, and the line that waits for others of them. */
  asked: Asked | undefined;
}

interface Asked extends Changes {
  readonly partitions: number;
  readonly calls: number;
  readonly timer: NodeJS.Timeout;
}

type RunLine = Extract<FunctionLine, { kind: 'run' }>;

/** A function's metrics follow its log lines. */
const METRICS_WAIT_MS = 250;
/** A partition that somebody else works on ends later, or never: its cycle is told of all the same. */
const BUSY_WAIT_MS = 8_000;
const TOGETHER_MS = 1_000;
const CHANGES_WIDTH = 36;

/** One line per cycle of a stream, made of what the functions write; what goes wrong is told at once. */
export class CycleLines {
  readonly #screen: Screen;
  readonly #tallies = new Map<string, Tally>();
  readonly #calls = new Map<string, number>();
  /** Calls and changes that a line has told before the metrics that count them too. */
  readonly #told = new Map<string, number>();
  readonly #repaired = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  hear(log: FunctionLog): void {
    const line = readFunctionLine(log);
    switch (line.kind) {
      case 'cycle':
        this.#begin(line);
        break;
      case 'walk-page':
        this.#say(line.stream, `reading everything: ${thousands(line.seen)} records so far`);
        break;
      case 'discovery':
        this.#sayWithCalls(line.stream, `${count(line.created, 'new partition')} found`);
        break;
      case 'run':
        this.#count(line);
        break;
      case 'audit':
        this.#sayAudit(line);
        break;
      case 'import': {
        const what = `file ${line.dryRun ? 'tried' : 'imported'}: ${thousands(line.seen)} rows`;
        this.#say(line.stream, `${what}, ${changesOf(line.changes, 'nothing written')}, ${line.outcome}`);
        break;
      }
      case 'metrics':
        this.#add(line.connection ?? '', line.stream, line.values);
        break;
      case 'trouble':
        this.complain(line.text, line.level);
        break;
      case 'other':
        break;
    }
  }

  complain(text: string, level: 'warn' | 'error' = 'error'): void {
    this.#screen.complain(`  ${clockTime()}  ${painted(this.#screen, text, level === 'warn' ? 'warn' : 'bad')}`);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #begin({ stream, pages, records, partitions }: Extract<FunctionLine, { kind: 'cycle' }>): void {
    // Nothing was asked: the whole stream is read first, which has lines of its own.
    if (pages === 0) return;
    const tally = this.#tallyOf(stream);
    if (tally.cycle !== undefined) this.#end(stream);
    const timer = this.#later(records === 0 ? METRICS_WAIT_MS : BUSY_WAIT_MS, () => this.#end(stream));
    this.#tallyOf(stream).cycle = { records, partitions, timer };
  }

  #count(line: RunLine): void {
    const { stream, partition, task, seen, outcome } = line;
    // An audit has a line of its own and takes no part in a cycle.
    if (task === 'audit') return;
    if (task === 'walk') {
      this.#sayWithCalls(stream, `everything read: ${thousands(seen)} records, ${outcome}`);
      // The next cycle tells its own changes, not the walk's.
      this.#later(METRICS_WAIT_MS, () => this.#tallies.delete(stream));
      return;
    }
    if (task === 'full') {
      this.#tellOnce(connectionOf(stream), line.calls);
      for (const kind of CHANGES) this.#tellOnce(`${stream} ${kind}`, line.changes[kind]);
      const read = `whole partition read: ${thousands(seen)} records, ${outcome}`;
      this.#say(`${stream}/${partition}`, `${count(line.calls, 'source call').padEnd(14)}  ${read}`);
      return;
    }
    // It asked to be read as a whole, or failed: both have lines of their own.
    if (task === 'window' && line.pages === 0) return;
    const tally = this.#tallyOf(stream);
    tally.done += 1;
    const { cycle } = tally;
    if (cycle === undefined) {
      if (task === 'window') this.#countAsked(line, tally);
      return;
    }
    if (tally.done < cycle.partitions) return;
    clearTimeout(cycle.timer);
    tally.cycle = { ...cycle, timer: this.#later(METRICS_WAIT_MS, () => this.#end(stream)) };
  }

  /** Where partitions are asked one by one, those that were asked at about one time make a line. */
  #countAsked({ stream, calls, changes }: RunLine, tally: Tally): void {
    clearTimeout(tally.asked?.timer);
    this.#tellOnce(connectionOf(stream), calls);
    // Their metrics may come after the line: an invocation writes them when all its messages have ended.
    for (const kind of CHANGES) this.#tellOnce(`${stream} ${kind}`, changes[kind]);
    const before = tally.asked ?? { ...NO_CHANGES, partitions: 0, calls: 0 };
    const asked = { ...addChanges(before, changes), partitions: before.partitions + 1, calls: before.calls + calls };
    const timer = this.#later(TOGETHER_MS, () => {
      const text = changesOf(addChanges(this.#tallyOf(stream), asked), 'nothing changed');
      const changes = text === 'nothing changed' ? painted(this.#screen, text, 'dim') : text;
      this.#tallies.delete(stream);
      const where = `in ${count(asked.partitions, 'partition')}`;
      this.#say(stream, `${count(asked.calls, 'source call').padEnd(14)}  ${changes} ${where}`);
    });
    tally.asked = { ...asked, timer };
  }

  #tellOnce(what: string, number: number): void {
    this.#told.set(what, (this.#told.get(what) ?? 0) + number);
  }

  /** What of a metric no line has told yet. */
  #untold(what: string, number = 0): number {
    const told = Math.min(this.#told.get(what) ?? 0, number);
    this.#tellOnce(what, -told);
    return number - told;
  }

  #add(connection: string, stream: string | undefined, values: Metrics): void {
    const calls = this.#untold(connection, values.SourceCalls);
    this.#calls.set(connection, (this.#calls.get(connection) ?? 0) + calls);
    if (stream === undefined) return;
    const name = `${connection}/${stream}`;
    this.#repaired.set(name, (this.#repaired.get(name) ?? 0) + (values.DriftRepaired ?? 0));
    const tally = this.#tallyOf(name);
    tally.added += this.#untold(`${name} added`, values.RecordsAdded);
    tally.updated += this.#untold(`${name} updated`, values.RecordsUpdated);
    tally.removed += this.#untold(`${name} removed`, values.RecordsRemoved);
    tally.ageSeconds = values.FreshnessSeconds ?? tally.ageSeconds;
  }

  #end(stream: string): void {
    const tally = this.#tallyOf(stream);
    clearTimeout(tally.asked?.timer);
    const { cycle, ageSeconds } = tally;
    this.#tallies.delete(stream);
    if (cycle === undefined) return;
    clearTimeout(cycle.timer);
    const where = cycle.records === 0 ? '' : ` in ${count(cycle.partitions, 'partition')}`;
    const text = `${cycle.records === 0 ? 'nothing changed' : changesOf(tally)}${where}`.padEnd(CHANGES_WIDTH);
    const changes = cycle.records === 0 ? painted(this.#screen, text, 'dim') : text;
    const age = ageSeconds === undefined ? '' : `watermark ${thousands(ageSeconds)} s old`;
    this.#say(stream, `${this.#takeCalls(stream).padEnd(14)}  ${changes}  ${age}`.trimEnd());
  }

  #sayAudit({ stream, drift, heldDeletions }: Extract<FunctionLine, { kind: 'audit' }>): void {
    this.#later(METRICS_WAIT_MS, () => {
      const repaired = this.#repaired.get(stream) ?? 0;
      this.#repaired.delete(stream);
      const found = Object.entries(drift).filter(([, records]) => records > 0);
      const parts = [
        ...found.map(([kind, records]) => `${thousands(records)} ${kind}`),
        ...(repaired > 0 ? [`${thousands(repaired)} repaired`] : []),
        ...(heldDeletions > 0 ? [`${count(heldDeletions, 'deletion')} held`] : []),
      ];
      const [text, tone] =
        found.length === 0 ? (['no difference', 'good'] as const) : ([parts.join(', '), 'warn'] as const);
      const compared = `compared with the source: ${painted(this.#screen, text, tone)}`;
      this.#say(stream, `${this.#takeCalls(stream).padEnd(14)}  ${compared}`);
    });
  }

  #sayWithCalls(stream: string, text: string): void {
    this.#later(METRICS_WAIT_MS, () => this.#say(stream, `${this.#takeCalls(stream).padEnd(14)}  ${text}`));
  }

  /** Calls of the stream's connection since they were last told of. */
  #takeCalls(stream: string): string {
    const connection = connectionOf(stream);
    const calls = this.#calls.get(connection) ?? 0;
    this.#calls.delete(connection);
    return count(calls, 'source call');
  }

  #later(ms: number, work: () => unknown): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #tallyOf(stream: string): Tally {
    const known = this.#tallies.get(stream);
    if (known !== undefined) return known;
    const tally: Tally = {
      added: 0,
      updated: 0,
      removed: 0,
      ageSeconds: undefined,
      done: 0,
      cycle: undefined,
      asked: undefined,
    };
    this.#tallies.set(stream, tally);
    return tally;
  }

  #say(stream: string, text: string): void {
    this.#screen.say(`  ${clockTime()}  ${painted(this.#screen, stream, 'strong')}  ${text}`);
  }
}

function connectionOf(stream: string): string {
  return stream.split('/')[0] ?? '';
}

function count(number: number, noun: string): string {
  return `${thousands(number)} ${noun}${number === 1 ? '' : 's'}`;
}
