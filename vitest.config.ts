import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vitest/config';
import { luaText } from './infra/bundling/lua-text.ts';

/** The bundler reads Lua scripts as text; so do the tests. */
const luaAsText: Plugin = {
  name: 'lua-as-text',
  enforce: 'pre',
  load(id) {
    return id.endsWith('.lua') ? `export default ${JSON.stringify(luaText(readFileSync(id, 'utf8')))};` : null;
  },
};

// By itself vitest leaves a core to nobody.
const common = { testTimeout: 20_000, hookTimeout: 60_000, restoreMocks: true, maxWorkers: 2 } as const;

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [luaAsText],
        test: {
          ...common,
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'node_modules/**'],
          // A process for each of the files would take a quarter of the time.
          isolate: false,
        },
      },
      {
        plugins: [luaAsText],
        test: {
          ...common,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/synthesized-stack.ts'],
          // No measure of how long it takes, but of how busy a machine may be.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
