import * as z from 'zod';
import type { DriftCounts } from '../../../lib/domain/drift.ts';
import type { FunctionLog } from '../lambda/environment.ts';

/** What the functions tell in their log that a person watching wants to know. */
export type FunctionLine =
  | { readonly kind: 'discovery'; readonly stream: string; readonly created: number }
  | {
      readonly kind: 'cycle';
      readonly stream: string;
      /** Source pages read; none when the whole stream is to be read first. */
      readonly pages: number;
      readonly records: number;
      readonly partitions: number;
    }
  | { readonly kind: 'walk-page'; readonly stream: string; readonly seen: number }
  | {
      readonly kind: 'run';
      readonly stream: string;
      readonly partition: string;
      readonly task: string;
      readonly seen: number;
      readonly outcome: string;
      /** Pages and calls of the source that it took. */
      readonly pages: number;
      readonly calls: number;
      readonly changes: Changes;
    }
  | {
      readonly kind: 'import';
      readonly stream: string;
      readonly seen: number;
      readonly outcome: string;
      readonly dryRun: boolean;
      readonly changes: Changes;
    }
  | {
      readonly kind: 'audit';
      readonly stream: string;
      /** Records that differed. */
      readonly drift: DriftCounts;
      readonly heldDeletions: number;
    }
  | { readonly kind: 'metrics'; readonly connection?: string; readonly stream?: string; readonly values: Metrics }
  | { readonly kind: 'trouble'; readonly level: 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'other' };

/** Records that were written. */
export interface Changes {
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
}

export type Metrics = Readonly<Partial<Record<(typeof WATCHED)[number], number>>>;

const WATCHED = [
  'SourceCalls',
  'RecordsAdded',
  'RecordsUpdated',
  'RecordsRemoved',
  'FreshnessSeconds',
  'DriftRepaired',
] as const;

const logSchema = z.looseObject({
  level: z.string(),
  message: z.string(),
  connection: z.exactOptional(z.string()),
  stream: z.exactOptional(z.string()),
  partition: z.exactOptional(z.string()),
  created: z._default(z.number(), 0),
  pages: z._default(z.number(), 0),
  records: z._default(z.number(), 0),
  partitions: z._default(z.number(), 0),
  seen: z._default(z.number(), 0),
  calls: z._default(z.number(), 0),
  added: z._default(z.number(), 0),
  updated: z._default(z.number(), 0),
  removed: z._default(z.number(), 0),
  dryRun: z._default(z.boolean(), false),
  missing: z._default(z.number(), 0),
  stale: z._default(z.number(), 0),
  extra: z._default(z.number(), 0),
  corrupt: z._default(z.number(), 0),
  heldDeletions: z._default(z.number(), 0),
  task: z._default(z.string(), ''),
  outcome: z._default(z.string(), ''),
  code: z.exactOptional(z.string()),
  reason: z.exactOptional(z.string()),
  problem: z.exactOptional(z.string()),
  problems: z.exactOptional(z.array(z.string())),
});

type LogLine = z.infer<typeof logSchema>;

const metricsSchema = z.looseObject({
  _aws: z.object({}),
  connection: z.exactOptional(z.string()),
  stream: z.exactOptional(z.string()),
});

/** Reads one line; what is no JSON, such as a crash's own words on stderr, is trouble. */
export function readFunctionLine({ function: name, stream, line }: FunctionLog): FunctionLine {
  const value = parseJson(line);
  const metrics = metricsSchema.safeParse(value);
  if (metrics.success) return { kind: 'metrics', ...namesOf(metrics.data), values: valuesOf(metrics.data) };
  const log = logSchema.safeParse(value);
  if (log.success) return readLog(log.data);
  return stream === 'stderr' && line.trim() !== ''
    ? { kind: 'trouble', level: 'warn', text: `${name}: ${line}` }
    : { kind: 'other' };
}

function readLog(log: LogLine): FunctionLine {
  const stream = `${log.connection}/${log.stream}`;
  const level = log.level.toLowerCase();
  if (log.message === 'cycle ended') {
    return { kind: 'cycle', stream, pages: log.pages, records: log.records, partitions: log.partitions };
  }
  if (log.message === 'partitions discovered') return { kind: 'discovery', stream, created: log.created };
  if (log.message === 'walk page written') return { kind: 'walk-page', stream, seen: log.seen };
  const { added, updated, removed } = log;
  const changes = { added, updated, removed };
  if (log.message === 'run ended') {
    const { partition = '', task, seen, outcome, pages, calls } = log;
    return { kind: 'run', stream, partition, task, seen, outcome, pages, calls, changes };
  }
  if (log.message === 'import ended') {
    const { seen, outcome, dryRun } = log;
    return { kind: 'import', stream, seen, outcome, dryRun, changes };
  }
  if (log.message === 'audit ended') {
    const { missing, stale, extra, corrupt, heldDeletions } = log;
    return { kind: 'audit', stream, drift: { missing, stale, extra, corrupt }, heldDeletions };
  }
  if (level === 'warn' || level === 'error') return { kind: 'trouble', level, text: troubleOf(log) };
  return { kind: 'other' };
}

/** Ids, codes and reasons only: a log line holds no record values, and neither does what is made of it. */
function troubleOf({ message, connection, stream, partition, code, reason, problem, problems = [] }: LogLine): string {
  const where = [connection, stream, partition].filter((part) => part !== undefined).join('/');
  const why = [code, reason, problem, ...problems].filter((part) => part !== undefined).join('; ');
  return [where, message, why].filter((part) => part !== '').join(': ');
}

function namesOf({ connection, stream }: z.infer<typeof metricsSchema>) {
  return { ...(connection === undefined ? {} : { connection }), ...(stream === undefined ? {} : { stream }) };
}

/** A metric that was given several times is a list. */
function valuesOf(line: Readonly<Record<string, unknown>>): Metrics {
  const values = WATCHED.flatMap((name) => {
    const numbers = [line[name]].flat().filter((value) => typeof value === 'number');
    if (numbers.length === 0) return [];
    const value = name === 'FreshnessSeconds' ? numbers.at(-1) : numbers.reduce((sum, number) => sum + number, 0);
    return [[name, value] as const];
  });
  return Object.fromEntries(values);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
