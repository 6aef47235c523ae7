import { parseArgs } from 'node:util';
import { CONNECTION_ID, PARTITION_ID, RUN_ID, STREAM_NAME } from '../../lib/domain/names.ts';
import { CliError, EXIT } from './io.ts';

const OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  full: { type: 'boolean' },
  incremental: { type: 'boolean' },
  wait: { type: 'boolean' },
  timeout: { type: 'string' },
  connection: { type: 'string' },
  stream: { type: 'string' },
  partition: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
} as const;

export type OptionName = keyof typeof OPTIONS;

export interface CliOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json: boolean;
}

/** Connection, stream and partition, as far as they are given. */
export type Names = readonly string[];

export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'status'; readonly names: Names; readonly cursor?: string }
  | {
      readonly command: 'sync';
      readonly names: Names;
      readonly mode?: 'full' | 'incremental';
      /** Seconds to stay; absent: do not wait. */
      readonly waitSeconds?: number;
    }
  | { readonly command: 'pause' | 'resume'; readonly names: Names }
  | { readonly command: 'runs'; readonly query: Readonly<Record<string, string>> }
  | { readonly command: 'run'; readonly run: string }
  | { readonly command: 'check'; readonly connection: string };

export interface Arguments {
  readonly command: Command;
  readonly options: CliOptions;
}

type Values = ReturnType<typeof readArguments>['values'];

/** @throws CliError for anything that is not understood */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = readArguments(args);
  const options: CliOptions = {
    json: values.json ?? false,
    ...(values.url === undefined ? {} : { url: values.url }),
    ...(values.token === undefined ? {} : { token: values.token }),
  };
  if (values.help || positionals.length === 0) return { command: { command: 'help' }, options };
  return { command: commandOf(positionals, values), options };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : 'the arguments cannot be read');
  }
}

function commandOf([name = '', ...rest]: readonly string[], values: Values): Command {
  switch (name) {
    case 'help':
      return { command: 'help' };
    case 'status':
      allow(name, values, ['cursor']);
      return {
        command: name,
        names: namesOf(rest, 3),
        ...(values.cursor === undefined ? {} : { cursor: values.cursor }),
      };
    case 'sync':
      allow(name, values, ['full', 'incremental', 'wait', 'timeout']);
      return { command: name, names: namesOf(rest, 3), ...syncOptions(values) };
    case 'pause':
    case 'resume':
      allow(name, values, []);
      return { command: name, names: namesOf(rest, 2) };
    case 'runs':
      allow(name, values, ['connection', 'stream', 'partition', 'limit', 'cursor']);
      namesOf(rest, 0);
      return { command: name, query: runQuery(values) };
    case 'run':
      allow(name, values, []);
      return { command: name, run: only(rest, RUN_ID, 'one run id, as "sync" and "runs" show it') };
    case 'connection':
      allow(name, values, []);
      if (rest[0] !== 'check') throw usage('what should be done with the connection? Known: connection check <id>');
      return { command: 'check', connection: only(rest.slice(1), CONNECTION_ID, 'one connection id') };
    default:
      throw usage(`there is no command "${name}"`);
  }
}

const ALWAYS: readonly OptionName[] = ['url', 'token', 'json', 'help'];

function allow(command: string, values: Values, allowed: readonly OptionName[]): void {
  const wrong = Object.keys(values).find((name) => ![...ALWAYS, ...allowed].some((known) => known === name));
  if (wrong !== undefined) throw usage(`"${command}" has no option --${wrong}`);
}

const RULES = [
  { pattern: CONNECTION_ID, what: 'connection' },
  { pattern: STREAM_NAME, what: 'stream' },
  { pattern: PARTITION_ID, what: 'partition' },
] as const;

function namesOf(names: readonly string[], most: number): Names {
  if (names.length > most) throw usage(`too many names: at most ${most} here`);
  for (const [index, rule] of RULES.entries()) {
    const name = names[index];
    // "." and ".." would be resolved away in the address.
    if (name !== undefined && (!rule.pattern.test(name) || /^\.{1,2}$/.test(name))) {
      throw usage(`"${name}" cannot be the name of a ${rule.what}`);
    }
  }
  return names;
}

function only(rest: readonly string[], pattern: RegExp, expected: string): string {
  const [first] = rest;
  if (rest.length !== 1 || first === undefined || !pattern.test(first)) throw usage(`expected ${expected}`);
  return first;
}

const DEFAULT_WAIT_SECONDS = 600;

function syncOptions(values: Values): Pick<Extract<Command, { command: 'sync' }>, 'mode' | 'waitSeconds'> {
  if (values.full && values.incremental) throw usage('--full and --incremental exclude each other');
  if (values.timeout !== undefined && !values.wait) throw usage('--timeout goes with --wait');
  const seconds = values.timeout === undefined ? DEFAULT_WAIT_SECONDS : Number(values.timeout);
  if (!Number.isInteger(seconds) || seconds < 1) throw usage('--timeout takes whole seconds');
  return {
    ...(values.full ? { mode: 'full' } : values.incremental ? { mode: 'incremental' } : {}),
    ...(values.wait ? { waitSeconds: seconds } : {}),
  };
}

function runQuery(values: Values): Readonly<Record<string, string>> {
  const given = (['connection', 'stream', 'partition', 'limit', 'cursor'] as const).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

function usage(problem: string): CliError {
  return new CliError(EXIT.usage, `${problem}. "npm run sync -- --help" shows what there is.`);
}
