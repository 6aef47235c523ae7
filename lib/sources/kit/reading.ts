import { isJsonObject, parseExactJson } from './exact-json.ts';

/** A value as it was found in a record. */
export type Reading<T> =
  | { readonly outcome: 'read'; readonly value: T }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'bad' };

export type JsonFields = Readonly<Record<string, unknown>>;

/** The fields of one record; `undefined` when the text is no JSON object. */
export function parseFields(text: string): JsonFields | undefined {
  try {
    const fields = parseExactJson(text);
    return isJsonObject(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a field says nothing: vendors leave it out, or write null or an empty text. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** An id that may come as a string or as a number, with every digit. @param shape what the vendor's ids look like */
export function readDigits(value: unknown, shape: RegExp): Reading<string> {
  if (isAbsent(value)) return { outcome: 'missing' };
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && shape.test(text) ? { outcome: 'read', value: text } : { outcome: 'bad' };
}
