/**
 * Commands that are not billed: AUTH, INFO, PING, QUIT and COMMAND by Upstash's price list; SELECT, HELLO, CLIENT, MULTI,
 * EXEC and CONFIG because they are this gateway's own housekeeping and have no counterpart in a REST request.
 */
const UNBILLED: ReadonlySet<string> = new Set([
  'auth',
  'info',
  'ping',
  'quit',
  'command',
  'select',
  'hello',
  'client',
  'multi',
  'exec',
  'config',
]);

/** @param command lower case, a subcommand after a bar as in `script|load` */
export function isBilled(command: string): boolean {
  return !UNBILLED.has(command.split('|', 1)[0] ?? command);
}

/** Billed calls since the server's start by `INFO commandstats`, in which calls made by scripts are included. */
export function billedByCommandStats(info: string): number {
  let billed = 0;
  for (const [, command, calls] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (command !== undefined && isBilled(command.toLowerCase())) billed += Number(calls);
  }
  return billed;
}
