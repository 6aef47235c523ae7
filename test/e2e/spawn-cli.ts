import { execFile } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../infra/cli/main.ts');
const TIMEOUT_MS = 200_000;

export interface CliRun {
  readonly exitCode: number;
  /** What `--json` printed. */
  readonly answer: unknown;
}

/** Runs the command line as people do, in a process of its own. Fails with what it said when it has no answer. */
export function spawnCli(args: readonly string[], url: string, token: string): Promise<CliRun> {
  const env = { PATH: process.env.PATH, TIDEMARK_URL: url, TIDEMARK_TOKEN: token };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [MAIN, ...args], { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      if (stdout === '') reject(new Error(stderr));
      else resolve({ exitCode, answer: JSON.parse(stdout) });
    });
  });
}
