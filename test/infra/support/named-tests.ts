import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { importsOf } from '../../architecture/import-rules.ts';
import { ROOT } from './root.ts';
import { type NamedTest, titlesOf } from './shown-rows.ts';

const files = globSync('test/**/*.ts', { cwd: ROOT });
const imported = new Set(
  files.flatMap((file) => importsOf(textOf(file)).map((path) => posix.join(posix.dirname(file), path))),
);

/** Whether there is a test of exactly this title, and it is run. */
export function isThere({ file, title }: NamedTest): boolean {
  return existsSync(join(ROOT, file)) && isRun(file) && titlesOf(textOf(file)).has(title);
}

/** Whether tests of the file are run: by themselves, or as a suite that others run. */
function isRun(file: string): boolean {
  return file.endsWith('.test.ts') || imported.has(file);
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
