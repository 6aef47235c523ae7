import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { luaText } from '../../infra/bundling/lua-text.ts';

// The bundler reads Lua scripts as text; `--import` of this file makes plain Node do the same.
registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('.lua')) return nextLoad(url, context);
    const source = `export default ${JSON.stringify(luaText(readFileSync(fileURLToPath(url), 'utf8')))};`;
    return { format: 'module', source, shortCircuit: true };
  },
});
