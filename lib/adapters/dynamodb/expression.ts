import { isDeepStrictEqual } from 'node:util';
import type { Item } from './attributes.ts';

/**
 * Which names an expression uses. By convention `#x` always stands for the attribute `x`: every name goes through a
 * placeholder, so none can meet the table's list of reserved words.
 */
export function namesIn(...expressions: readonly (string | undefined)[]): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [placeholder, name] of expressions.join(' ').matchAll(/#(\w+)/g)) {
    if (name !== undefined) names[placeholder] = name;
  }
  return names;
}

/** Values under the placeholders that expressions use: `owner` becomes `:owner`. */
export function valuesFor(values: Item): Item {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));
}

/** The parts of an update that turn `before` into `after`; attributes that neither names are left alone. */
export interface Difference {
  readonly set: readonly string[];
  readonly remove: readonly string[];
  readonly values: Item;
}

/**
 * Writing only what differs keeps what a newer version of this code stored and this one does not know, so that a
 * rollback of a deploy erases nothing.
 */
export function difference(before: Item, after: Item): Difference {
  const changed = Object.entries(after).filter(([name, value]) => !isDeepStrictEqual(before[name], value));
  return {
    set: changed.map(([name]) => `#${name} = :${name}`),
    remove: Object.keys(before).flatMap((name) => (after[name] === undefined ? [`#${name}`] : [])),
    values: Object.fromEntries(changed),
  };
}

/** A condition that an attribute still is what was read: `value` absent, or stored under `:{placeholder}`. */
export function unchanged(name: string, value: unknown, placeholder: string): string {
  return value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${placeholder}`;
}
