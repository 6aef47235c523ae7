export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * Parses JSON without losing digits: a number beyond 2^53, which a JavaScript number cannot hold, becomes the string of
 * its digits, always, whether or not it happens to print back alike. 19-digit ids therefore arrive as strings. Needs a
 * runtime whose `JSON.parse` tells the source text (Node 21 or later); elsewhere such numbers stay rounded.
 * @throws SyntaxError when the text is not JSON
 */
export function readJson(text: string): JsonValue {
  return JSON.parse(text, (_name, value: JsonValue, context?: { readonly source?: string }) =>
    typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER ? (context?.source ?? value) : value,
  );
}
