import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunction, PLACEHOLDERS } from '../../infra/bundling/bundle-function.ts';

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
      await bundleFunction(name, join(folder, name));
      const outfile = join(folder, name, 'index.js');
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
  const env = { ...PLACEHOLDERS, PATH: process.env.PATH };
  return Number(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }).trim().split('\n').at(-1));
}
