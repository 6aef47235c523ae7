import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { ENVIRONMENT_VARIABLES } from '../../lib/config/environment.ts';
import { luaText } from './lua-text.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

const luaAsText: Plugin = {
  name: 'lua-as-text',
  setup(building) {
    building.onLoad({ filter: /\.lua$/ }, async ({ path }) => ({
      contents: luaText(await readFile(path, 'utf8')),
      loader: 'text',
    }));
  },
};

/**
 * How every function becomes one file, in esbuild's words. CommonJS and `module` before `main`, because both shorten
 * the cold start: ES modules link Node's built-ins eagerly, and packages ship their smaller build as `module`.
 */
const BUNDLING = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  mainFields: ['module', 'main'],
  logLevel: 'warning',
  plugins: [luaAsText],
  // Ways to find credentials that Lambda never needs, because it hands them over in the environment, which the SDK
  // looks at first: an eighth of a bundle. Should one ever be asked for, it is loaded from Lambda's own SDK.
  external: [
    ...['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map((way) => `@aws-sdk/credential-provider-${way}`),
    '@smithy/credential-provider-imds',
    // Likewise: no operation of DynamoDB or SQS answers with a stream of events.
    '@smithy/core/event-streams',
  ],
} satisfies BuildOptions;

/**
 * Variables with which a bundle can be loaded: everything is constructed, and nothing is reached. A function that is bundled
 * has them too.
 */
export const PLACEHOLDERS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, name === 'POLICY' ? '{}' : 'http://127.0.0.1'])),
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
};

/**
 * Writes what is deployed of a function into a folder: `index.js`, whose `handler` Lambda calls, and what the function's
 * own `beside-bundle.ts` writes, where it has one.
 */
export async function bundleFunction(name: string, folder: string): Promise<void> {
  const code = join(ROOT, 'functions', name);
  await build({ ...BUNDLING, entryPoints: [join(code, 'handler.ts')], outfile: join(folder, 'index.js') });
  const beside = join(code, 'beside-bundle.ts');
  if (existsSync(beside)) await run(process.execPath, [beside, folder], { env: PLACEHOLDERS });
}
