import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../infra/local/start/synthesize.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** What `cdk synth` wrote, bundles included: made once for all tests. */
    readonly assemblyDir: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-stack-'));
  await synthesize(folder, AbortSignal.timeout(180_000));
  project.provide('assemblyDir', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
