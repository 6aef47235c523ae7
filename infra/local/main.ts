import { runLocalSystem } from './start/local-system.ts';
import { HELP, parseStartOptions } from './start/options.ts';
import type { Screen } from './start/screen.ts';
import { Shutdown } from './start/shutdown.ts';
import { EXIT, StartError } from './start/start-error.ts';

/** `npm start`: the whole system on this machine. */

const screen: Screen = {
  color: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  say: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
};
const shutdown = new Shutdown();
// A terminal that is closed says SIGHUP.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => shutdown.ask());

async function run(): Promise<number> {
  const options = parseStartOptions(process.argv.slice(2), process.env);
  if (options === 'help') {
    screen.say(HELP);
    return EXIT.ok;
  }
  // Whoever asks to stop waits for nothing that is still starting.
  return Promise.race([runLocalSystem(options, screen, shutdown), shutdown.asked]);
}

let exitCode: number = EXIT.ok;
try {
  exitCode = await run();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  if (!shutdown.signal.aborted) {
    screen.complain(`tidemark: ${reason}`);
    exitCode = error instanceof StartError ? error.exitCode : EXIT.failed;
  }
}
await shutdown.close();
process.exit(exitCode);
