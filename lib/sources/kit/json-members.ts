import { endOfString, endOfValue, keyOf, skipSpace } from './json-scan.ts';

/**
 * The exact text of every member of a JSON object, by its key; of a key that stands twice the last, as in `JSON.parse`.
 * Values are told apart by brackets and quotes alone. `undefined` when the text is no whole object.
 */
export function sliceJsonMembers(text: string): ReadonlyMap<string, string> | undefined {
  const members = new Map<string, string>();
  let at = skipSpace(text, 0);
  if (text[at] !== '{') return undefined;
  at = skipSpace(text, at + 1);
  if (text[at] === '}') return skipSpace(text, at + 1) === text.length ? members : undefined;
  for (;;) {
    const keyEnd = text[at] === '"' ? endOfString(text, at) : at;
    const key = keyOf(text.slice(at, keyEnd));
    const colon = skipSpace(text, keyEnd);
    const start = skipSpace(text, colon + 1);
    const end = endOfValue(text, start);
    if (key === undefined || text[colon] !== ':' || end === start) return undefined;
    members.set(key, text.slice(start, end));
    at = skipSpace(text, end);
    if (text[at] === '}') return skipSpace(text, at + 1) === text.length ? members : undefined;
    if (text[at] !== ',') return undefined;
    at = skipSpace(text, at + 1);
  }
}
