import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findViolations, importsOf, type SourceFile } from './import-rules.ts';

const ROOT = join(import.meta.dirname, '../..');

function sourceFiles(): readonly SourceFile[] {
  return ['lib', 'functions', 'infra', 'test']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(ROOT, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }));
}

describe('the house rules', () => {
  it('hold for every file', () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(50);
    expect(findViolations(files)).toEqual([]);
  });

  const planted: readonly (readonly [rule: string, path: string, text: string])[] = [
    ['dependency-direction', 'lib/domain/x.ts', "import { Clock } from '../ports/clock.ts';"],
    ['dependency-direction', 'lib/sync/x.ts', "import { UpstashCache } from '../adapters/upstash/upstash-cache.ts';"],
    ['dependency-direction', 'lib/sources/a/x.ts', "import { runTask } from '../../sync/run-task.ts';"],
    ['dependency-direction', 'infra/stacks/x.ts', "import { runTask } from '../../lib/sync/run-task.ts';"],
    ['functions-never-import-each-other', 'functions/api/x.ts', "import { handler } from '../sync/handler.ts';"],
    ['package-out-of-its-room', 'lib/runtime/x.ts', "import { Stack } from 'aws-cdk-lib';"],
    ['package-out-of-its-room', 'lib/adapters/sqs/x.ts', "import { Redis } from '@upstash/redis';"],
    ['package-out-of-its-room', 'lib/domain/x.ts', "export { z } from 'zod';"],
    ['package-out-of-its-room', 'functions/api/x.ts', "import * as z from 'zod';"],
    ['production-never-imports-tests', 'lib/sync/x.ts', "import { Fake } from '../../test/fakes/x.ts';"],
    ['no-barrels', 'lib/sync/x.ts', "import { a } from '../ports/index.ts';"],
    ['environment-out-of-its-room', 'lib/sync/x.ts', 'export const a = process.env.HOME;'],
    ['clock-and-chance-through-ports', 'lib/sync/x.ts', 'export const a = Date.now();'],
    ['clock-and-chance-through-ports', 'lib/domain/x.ts', 'export const a = Math.random();'],
    ['no-room', 'scripts/x.ts', 'export const a = 1;'],
  ];

  it.each(planted)('catch a planted %s in %s', (rule, path, text) => {
    expect(findViolations([{ path, text }]).map((violation) => violation.rule)).toContain(rule);
  });

  it('catch a planted cycle', () => {
    const files = [
      { path: 'lib/domain/a.ts', text: "import { b } from './b.ts';" },
      { path: 'lib/domain/b.ts', text: "import { a } from './a.ts';" },
    ];
    expect(findViolations(files).map(({ rule }) => rule)).toEqual(['no-cycles']);
  });

  it('see every form of import', () => {
    const text =
      "import a from 'a';\nimport {\n b,\n} from \"b\";\nexport * from 'c';\nimport 'd';\nconst e = await import('e');\nimport type { F } from 'f';";
    expect(importsOf(text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});

/** A checker that looks at nothing passes everything: each tool is shown a file it must refuse. */
describe('the checkers', () => {
  const refuses = (command: string, args: readonly string[], text: string): string => {
    // Inside the project, because the checkers take their configuration from there.
    const folder = mkdtempSync(join(ROOT, 'test', 'planted-'));
    try {
      const file = join(folder, 'planted.ts');
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, text);
      execFileSync(join(ROOT, 'node_modules/.bin', command), [...args, file], { cwd: ROOT, stdio: 'pipe' });
      return 'accepted';
    } catch (error) {
      return error instanceof Error && 'stdout' in error ? `${String(error.stdout)}` : 'refused';
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('refuse a promise nobody waits for', () => {
    const text = 'async function later(): Promise<void> {}\nexport function now(): void {\n  later();\n}\n';
    expect(refuses('oxlint', ['--type-aware'], text)).toContain('no-floating-promises');
  });

  it('refuse an explicit any', () => {
    expect(refuses('biome', ['lint', '--error-on-warnings'], 'export const a: any = 1;\n')).not.toBe('accepted');
  });

  it('refuse a type error', () => {
    const text = 'export const a: string = 1;\n';
    expect(refuses('tsc', ['--noEmit', '--ignoreConfig', '--strict'], text)).toContain('TS2322');
  });
});
