import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where Lambda unpacks a bundle no `package.json` lies above it, so its `.js` files are CommonJS. On this machine the
 * project's own may, and it says that they are ES modules: a nearer one, beside the bundles and part of none, undoes that.
 */
export function shieldFromProject(assemblyDirectory: string): void {
  const path = join(assemblyDirectory, 'package.json');
  if (!existsSync(path)) writeFileSync(path, '{"type":"commonjs"}\n');
}
