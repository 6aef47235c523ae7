import { isJsonObject, ownField } from '../kit/exact-json.ts';

export const CLINIKO_ID = /^[1-9]\d{0,18}$/;

export type IdReading =
  | { readonly outcome: 'read'; readonly id: string }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'bad' };

/**
 * A row's id, with every digit: its `id`, a number or a string, or else the last part of its own link, which is all
 * that a deleted patient shows.
 */
export function readId(fields: Readonly<Record<string, unknown>>): IdReading {
  const value = ownField(fields, 'id');
  const text = value === undefined || value === null || value === '' ? idInLink(fields) : value;
  if (text === undefined) return { outcome: 'missing' };
  const id = typeof text === 'number' ? String(text) : text;
  return typeof id === 'string' && CLINIKO_ID.test(id) ? { outcome: 'read', id } : { outcome: 'bad' };
}

function idInLink(fields: Readonly<Record<string, unknown>>): string | undefined {
  const links = ownField(fields, 'links');
  const self = isJsonObject(links) ? ownField(links, 'self') : undefined;
  return typeof self === 'string' ? /\/([^/?#]+)$/.exec(self)?.[1] : undefined;
}

/** Whether `a` is the smaller number; both are ids. */
export function isSmallerId(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}
