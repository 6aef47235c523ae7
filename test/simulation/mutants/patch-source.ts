import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MUTANTS, type Patch } from './mutants.ts';

// `--import` of this file makes plain Node load the sources of one mutant, the one that MUTANT names.
const mutant = MUTANTS.find(({ name }) => name === process.env.MUTANT);
if (mutant === undefined) throw new Error(`MUTANT names no mutant: ${process.env.MUTANT}`);
const { patches } = mutant;

registerHooks({
  load(url, context, nextLoad) {
    const own = url.startsWith('file:') ? patches.filter(({ file }) => url.endsWith(`/${file}`)) : [];
    if (own.length === 0) return nextLoad(url, context);
    const source = own.reduce(apply, readFileSync(fileURLToPath(url), 'utf8'));
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});

/** @throws Error when the text is not there, or more than once: the mutant must be aimed anew */
function apply(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`);
  return parts.join(replace);
}
