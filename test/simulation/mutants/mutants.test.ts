import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MUTANTS, type Mutant } from './mutants.ts';

const run = promisify(execFile);
const LUA = './test/support/lua-as-text.ts';
const PATCH = './test/simulation/mutants/patch-source.ts';
const RUN = './test/simulation/mutants/run-mutant.ts';

/** What the monitors say of a mutant; empty when they let it live. */
async function verdictOn({ name }: Mutant): Promise<string> {
  const options = { env: { ...process.env, MUTANT: name }, timeout: 110_000 };
  const { stdout } = await run(process.execPath, ['--import', LUA, '--import', PATCH, RUN], options);
  return stdout;
}

describe.concurrent('mistakes that the monitors tell within their seeds', {
  timeout: 120_000,
  concurrent: true,
}, () => {
  it.each(MUTANTS)('$name', async (mutant) => {
    expect(await verdictOn(mutant)).toMatch(/"property":"(I\d+|liveness|exclusion|skip-existing)"/);
  });
});
