import { manual } from '../sources/manual/manual.ts';
import { manualImports } from '../sources/manual/manual-imports.ts';
import type { ImportTools } from '../sync/import-file.ts';
import { createImportStore } from './aws-clients.ts';
import { createRuntime, type Runtime } from './runtime.ts';

/** What a worker needs that applies the files people bring. */
export interface ImportRuntime extends Runtime {
  readonly imports: ImportTools;
}

export function createImportRuntime(service: string): ImportRuntime {
  const runtime = createRuntime(service, [manual]);
  const files = createImportStore(runtime.environment.importBucket, runtime.ports.clock);
  return { ...runtime, imports: { files, readers: [manualImports] } };
}
