import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuideStep, stepsOf } from './guide-steps.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['lib', 'functions', 'infra', 'test'];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json', '.oxlintrc.json', '.gitignore'];
const GUIDE = readFileSync(join(ROOT, 'docs/add-a-source.md'), 'utf8');

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'add-a-source-'));
  for (const path of [...FOLDERS, ...FILES]) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to adding a source', { timeout: 180_000 }, () => {
  it('works to the letter: its code compiles, keeps the laws of sources, and survives the simulation', async () => {
    const outputs: string[] = [];
    for (const step of stepsOf(GUIDE)) outputs.push(await take(step));
    const said = outputs.join('\n');
    // How many there are is a matter of how many laws there are.
    expect(said).toMatch(/Tests .*[1-9]\d passed/);
    expect(said).toContain('20 seeds, 0 failed');
  });

  it('shows code in the style of the house', async () => {
    const paths = stepsOf(GUIDE).flatMap((step) => (step.kind === 'file' ? [step.path] : []));
    const { stdout, stderr } = await run('node_modules/.bin/biome', ['check', '--error-on-warnings', ...paths], {
      cwd: folder,
    });
    expect(stdout + stderr).toContain(`Checked ${paths.length} files`);
    await run('node_modules/.bin/oxlint', ['--type-aware', '--deny-warnings', ...paths], { cwd: folder });
  });

  it('leaves out no step that it names', () => {
    expect(stepsOf(GUIDE).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['file', 'change', 'command']));
  });
});

/** @returns what was printed */
async function take(step: GuideStep): Promise<string> {
  switch (step.kind) {
    case 'file':
      mkdirSync(dirname(join(folder, step.path)), { recursive: true });
      writeFileSync(join(folder, step.path), step.text);
      return '';
    case 'change': {
      const path = join(folder, step.path);
      const before = readFileSync(path, 'utf8');
      if (before.split(step.before).length !== 2)
        throw new Error(`${step.path} does not hold this once: ${step.before}`);
      writeFileSync(
        path,
        before.replace(step.before, () => step.after),
      );
      return '';
    }
    case 'command': {
      const [program = '', ...args] = step.command.split(' ');
      const { stdout } = await run(program, args, { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
      return stdout;
    }
  }
}
