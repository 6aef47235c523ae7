import { parseArgs } from 'node:util';
import { usage } from './io.ts';

const OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  all: { type: 'boolean' },
  full: { type: 'boolean' },
  incremental: { type: 'boolean' },
  wait: { type: 'boolean' },
  timeout: { type: 'string' },
  connection: { type: 'string' },
  stream: { type: 'string' },
  partition: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  state: { type: 'string' },
  repair: { type: 'boolean' },
  deep: { type: 'boolean' },
  clean: { type: 'boolean' },
  source: { type: 'boolean' },
  yes: { type: 'boolean' },
  import: { type: 'string', multiple: true },
  sample: { type: 'string' },
  'dry-run': { type: 'boolean' },
  errors: { type: 'string' },
} as const;

export type OptionName = keyof typeof OPTIONS;

/** Where the API is, and how its answers are shown. */
export interface CliOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json: boolean;
}

/** Every option as it was given. */
export type OptionValues = ReturnType<typeof readArguments>['values'];

/** @throws CliError for an option that no command has */
export function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : 'the arguments cannot be read');
  }
}

const ALWAYS: readonly OptionName[] = ['url', 'token', 'json', 'help'];

/** @throws CliError for an option of another command */
export function allow(command: string, values: OptionValues, allowed: readonly OptionName[]): void {
  const wrong = Object.keys(values).find((name) => ![...ALWAYS, ...allowed].some((known) => known === name));
  if (wrong !== undefined) throw usage(`"${command}" has no option --${wrong}`);
}

const DEFAULT_WAIT_SECONDS = 600;

/** How long to stay; nothing when the command does not wait. */
export function waitOf(values: OptionValues): { readonly waitSeconds?: number } {
  if (!values.wait) {
    if (values.timeout !== undefined) throw usage('--timeout goes with --wait');
    return {};
  }
  return { waitSeconds: secondsOf(values, DEFAULT_WAIT_SECONDS) };
}

/** How long a command stays that always does. */
export function secondsOf({ timeout }: OptionValues, otherwise: number): number {
  const seconds = timeout === undefined ? otherwise : Number(timeout);
  if (!Number.isInteger(seconds) || seconds < 1) throw usage('--timeout takes whole seconds');
  return seconds;
}

/** @throws CliError when it is no whole number in these bounds */
export function wholeNumber(name: OptionName, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most)) throw usage(`--${name} takes a whole number from ${least} to ${most}`);
  return number;
}

/** The options of these names that were given, as a query takes them. */
export function queryOf(
  values: OptionValues,
  names: readonly ('connection' | 'stream' | 'partition' | 'limit' | 'cursor' | 'state')[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
