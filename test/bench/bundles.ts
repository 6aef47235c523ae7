import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLING } from '../../infra/constructs/bundling.ts';
import { ENVIRONMENT_VARIABLES } from '../../lib/config/environment.ts';

const ROOT = join(import.meta.dirname, '../..');
const RUNS = 15;

export interface Bundle {
  readonly name: string;
  readonly bytes: number;
  readonly importMs: number;
}

/** Bundles every function as it is deployed and times its import, clients constructed, in fresh processes. */
export async function measureBundles(): Promise<readonly Bundle[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bundles-'));
  try {
    const bundles: Bundle[] = [];
    for (const name of readdirSync(join(ROOT, 'functions'))) {
      const outfile = join(folder, `${name}.cjs`);
      await build({ ...BUNDLING, entryPoints: [join(ROOT, 'functions', name, 'handler.ts')], outfile });
      const runs = Array.from({ length: RUNS }, () => importTime(outfile)).toSorted((a, b) => a - b);
      bundles.push({ name, bytes: statSync(outfile).size, importMs: runs[Math.floor(RUNS / 2)] ?? 0 });
    }
    return bundles;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function importTime(file: string): number {
  const script = `const t=performance.now();require(${JSON.stringify(file)});console.log(performance.now()-t)`;
  const environment = Object.fromEntries(
    ENVIRONMENT_VARIABLES.map((name) => [name, name === 'POLICY' ? '{}' : 'http://127.0.0.1']),
  );
  const env = {
    ...environment,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    PATH: process.env.PATH,
  };
  return Number(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }).trim().split('\n').at(-1));
}
