import type { Command } from './command.ts';
import { GRAMMAR } from './grammar.ts';
import { usage } from './io.ts';
import { allow, type CliOptions, readArguments } from './options.ts';

export interface Arguments {
  readonly command: Command;
  readonly options: CliOptions;
}

/** @throws CliError for anything that is not understood */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = readArguments(args);
  const options: CliOptions = {
    json: values.json ?? false,
    ...(values.url === undefined ? {} : { url: values.url }),
    ...(values.token === undefined ? {} : { token: values.token }),
  };
  const [name, ...rest] = positionals;
  if (name === undefined) return { command: { command: 'help' }, options };
  if (values.help) return { command: { command: 'help', topic: name }, options };
  const rule = GRAMMAR.get(name);
  if (rule === undefined) throw usage(`there is no command "${name}"`);
  allow(name, values, rule.options);
  return { command: rule.read(rest, values), options };
}
