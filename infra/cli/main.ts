import { existsSync, openAsBlob, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { inPlaceOf } from './progress.ts';
import { runCli } from './run-cli.ts';

const QUESTION_TIMEOUT_MS = 300_000;

/** What is typed; nothing when the input ends or nobody answers. Written beside the results, not among them. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const timer = setTimeout(QUESTION_TIMEOUT_MS, '', { ref: false });
  try {
    return await Promise.race([lines.question(question), ended, timer]);
  } finally {
    lines.close();
  }
}

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  readFile: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  openFile: async (path) => (isFile(path) ? openAsBlob(path) : undefined),
  writeFile: (path, bytes) => writeFile(path, bytes),
  fetch: (url, init) => fetch(url, init),
  monotonicMs: () => performance.now(),
  sleep: (ms) => setTimeout(ms),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
  redraw: process.stderr.isTTY ? (line) => process.stderr.write(inPlaceOf(line, process.stderr.columns)) : undefined,
  random: () => Math.random(),
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  color: process.stdout.hasColors?.() ?? false,
});

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
