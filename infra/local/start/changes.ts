import { thousands } from './costs.ts';
import type { Changes } from './function-lines.ts';

export const CHANGES = ['added', 'updated', 'removed'] as const satisfies readonly (keyof Changes)[];

export const NO_CHANGES: Changes = { added: 0, updated: 0, removed: 0 };

export function addChanges(a: Changes, b: Changes): Changes {
  return { added: a.added + b.added, updated: a.updated + b.updated, removed: a.removed + b.removed };
}

/** What changed, in words. */
export function changesOf(changes: Changes, none = 'all unchanged'): string {
  const changed = CHANGES.filter((kind) => changes[kind] > 0).map((kind) => `${thousands(changes[kind])} ${kind}`);
  return changed.length === 0 ? none : changed.join(', ');
}
